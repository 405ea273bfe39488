package demo

import (
	"fmt"
	"image/png"
	"io"
	"os"
	"path/filepath"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/atomicfile"
)

// valFrom is the index of the first validation picture: the splits share none.
const valFrom = 1 << 24

// Sizes says how many pictures of each class to write, and their side in pixels.
type Sizes struct{ Train, Val, Side int }

// WriteFolder writes an image folder:
//
//	dir/train/CLASS/CLASS-0000.png …     dir/val/CLASS/CLASS-0000.png …
//
// A split of size 0 is left out. Errors: fault.ErrUsage for sizes, fault.ErrStorage.
func WriteFolder(dir string, t *Task, n Sizes, seed uint64) error {
	if n.Train < 0 || n.Val < 0 || n.Train > valFrom || n.Val > valFrom || n.Side < 8 || n.Side > 1024 {
		return fmt.Errorf("%w: demo pictures: %+v; want counts up to %d, side 8 to 1024", fault.ErrUsage, n, valFrom)
	}
	for _, s := range []struct {
		name        string
		from, count int
	}{{"train", 0, n.Train}, {"val", valFrom, n.Val}} {
		for c, name := range t.Classes() {
			if s.count == 0 {
				continue
			}
			folder := filepath.Join(dir, s.name, name)
			if err := os.MkdirAll(folder, 0o777); err != nil {
				return fault.New(fmt.Errorf("%w: %w", fault.ErrStorage, err), "demo pictures not written", folder, err.Error(), "choose a folder you may write to")
			}
			for i := range s.count {
				path := filepath.Join(folder, fmt.Sprintf("%s-%04d.png", name, i))
				if err := writePicture(path, t, c, s.from+i, seed, n.Side); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func writePicture(path string, t *Task, class, index int, seed uint64, side int) error {
	m := Render(t, class, index, seed, side)
	return atomicfile.WriteFile(path, func(w io.Writer) error { return png.Encode(w, m) })
}
