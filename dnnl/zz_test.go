package dnnl
import ("testing";"fmt";"time";"github.com/gotl-gpu/gotl-gpu/graph")
func TestZZ(t *testing.T){
 b:=newBench(t)
 sh:=func(tg tag, s ...int) desc { return must[desc](b)(b.sc.tagged(f32(s...),tg)) }
 for _,cg:=range [][3]int{{128,4,56},{256,8,28},{512,16,14},{1024,32,7}} {
 c,per,hw:=cg[0],cg[1],cg[2]; g:=c/per
 for _,st:=range []int{1,2}{
 w:=graph.Window2D(3,st,1)
 ww:=must[desc](b)(b.sc.tagged(f32(g,per,per,3,3),tagAny))
 for _,tg:=range []tag{tagAny,tagNHWC,tagBlocked16}{ 
  x:=sh(tg,8,c,hw,hw); y:=sh(tg,8,c,hw/st,hw/st); if st==2 {y=sh(tg,8,c,(hw+1)/2,(hw+1)/2)}
  p,err:=b.sc.convForward(training,convDirect,convDescs{x:x,w:ww,y:y},w)
  if err!=nil {fmt.Println(cg,st,tg,err);continue}
  run:=func(p pd, as ...arg) time.Duration { best:=time.Hour; for range 3 {t0:=time.Now(); b.now(p,as...); best=min(best,time.Since(t0))}; return best}
  mx:=b.tensor(p.src(0),f32(),nil);mw:=b.tensor(p.weights(),f32(),nil);my:=b.tensor(p.dst(),f32(),nil)
  tf:=run(p,arg{argSrc,mx},arg{argWeights,mw},arg{argDst,my})
  fmt.Println(cg,st,"tag",tg,"fwd",p.impl(),p.src(0),p.weights(),p.dst(),tf)
  q,err:=b.sc.convBackwardData(convDirect,convDescs{x:x,w:ww,y:y},w,p)
  if err==nil {fmt.Println("   bd",q.impl(),q.diffSrc(),q.weights(),q.diffDst(), run(q,arg{argDiffSrc,b.tensor(q.diffSrc(),f32(),nil)},arg{argWeights,b.tensor(q.weights(),f32(),nil)},arg{argDiffDst,b.tensor(q.diffDst(),f32(),nil)}))}
  q,err=b.sc.convBackwardWeights(convDirect,convDescs{x:x,w:ww,y:y},w,p)
  if err==nil {fmt.Println("   bw",q.impl(),q.src(0),q.diffWeights(),q.diffDst(), run(q,arg{argSrc,b.tensor(q.src(0),f32(),nil)},arg{argDiffWeights,b.tensor(q.diffWeights(),f32(),nil)},arg{argDiffDst,b.tensor(q.diffDst(),f32(),nil)}))}
 }}}
}
