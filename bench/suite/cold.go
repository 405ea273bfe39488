package suite

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Limits of the cold suite. Source: design page BENCH, §4.
const (
	coldPredict = .35 // seconds
	coldHelp    = .02
	binarySize  = 40. // MB without native libraries
)

// Cold measures process start to the first answer, and sizes.
type Cold struct {
	Product string // bin/gotl-gpu
	Python  string // of the peers; "": ours only
	Model   string // ONNX file of EfficientNet-Lite0
	Rounds  int
	Store   *Store
	Machine *Machine
	Log     io.Writer
}

const coldNet = "efficientnet_lite0"

// Run measures everything anew; it takes seconds.
func (c *Cold) Run(ctx context.Context) error {
	if err := need(c.Product, c.Model); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "gotl-bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	picture := filepath.Join(dir, "picture.png")
	if err := drawPicture(picture); err != nil {
		return err
	}
	predict, help, theirs, err := c.times(ctx, picture)
	if err != nil {
		return err
	}
	size, err := os.Stat(c.Product)
	if err != nil {
		return err
	}
	rows := []Row{
		c.row(coldNet, "predict, cold", "s", predict).compared(Limit, coldPredict),
		c.row("", "help", "s", help).compared(Limit, coldHelp),
		c.row("", "size of the binary", "MB", float64(size.Size())/1e6).compared(Limit, binarySize),
	}
	if theirs > 0 {
		rows = append(rows, c.row(coldNet, "predict, cold", "s", predict).compared("pytorch, import alone", theirs))
	}
	for _, r := range rows {
		fmt.Fprintln(c.Log, Line(r))
	}
	return c.Store.Put(rows...)
}

// times returns the best of the rounds of each command, run in turn after one round
// that only fills the page cache.
func (c *Cold) times(ctx context.Context, picture string) (predict, help, theirs float64, err error) {
	commands := [][]string{{c.Product, "predict", "--model", c.Model, picture}, {c.Product, "--help"}}
	if c.Python != "" {
		commands = append(commands, []string{c.Python, "-c", "import torch"})
	}
	best := make([]float64, 3)
	for n := range c.Rounds + 1 {
		for i, argv := range commands {
			u, err := RunCommand(ctx, argv)
			if err != nil {
				return 0, 0, 0, err
			}
			if n > 0 && (best[i] == 0 || u.Seconds < best[i]) {
				best[i] = u.Seconds
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	return best[0], best[1], best[2], nil
}

func (c *Cold) row(net, task, unit string, ours float64) Row {
	return Row{Suite: "cold", Net: net, Task: task, DType: "f32", Unit: unit, Ours: ours, Rounds: c.Rounds, Machine: c.Machine}
}

// drawPicture writes a 500x375 gradient.
func drawPicture(file string) error {
	m := image.NewRGBA(image.Rect(0, 0, 500, 375))
	for y := range 375 {
		for x := range 500 {
			m.Set(x, y, color.RGBA{uint8(x / 2), uint8(y / 2), uint8(x ^ y), 255})
		}
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := png.Encode(f, m); err != nil {
		return err
	}
	return f.Close()
}
