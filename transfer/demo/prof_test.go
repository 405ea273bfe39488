package demo
import "testing"
func BenchmarkRender(b *testing.B){ for i:=0;b.Loop();i++{ Render(Source,i%12,i,1,48)} }
