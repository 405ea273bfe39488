package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer"
)

// demoFlags are the choices of a demo.
type demoFlags struct {
	dir, device, net string
	makeNet          bool
}

func newDemo(a *app) *cobra.Command {
	if a.do.demo == nil {
		return nil
	}
	var f demoFlags
	c := &cobra.Command{
		Use:   "demo",
		Short: "the main job on pictures the program draws: transfer against training from scratch",
		Long: `Draws labelled pictures, fine-tunes the embedded small network on them and trains the same
network from scratch. Needs no network and no data, and takes less than a minute.

--make-net trains the embedded network again, on another drawn task.`,
		Example: "  gotl-gpu demo\n  gotl-gpu demo --output-dir /tmp/demo",
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return runDemo(c.Context(), a, f) },
	}
	c.Flags().StringVar(&f.dir, "output-dir", "", "folder for pictures and runs (default runs/demo-N)")
	c.Flags().StringVar(&f.device, "device", "auto", "auto, cpu, ref")
	c.Flags().BoolVar(&f.makeNet, "make-net", false, "train the embedded network instead and write it to --net")
	c.Flags().StringVar(&f.net, "net", "transfer/demo/net.onnx", "file that --make-net writes")
	return c
}

func runDemo(ctx context.Context, a *app, f demoFlags) error {
	sink, stop, err := a.sink()
	if err != nil {
		return err
	}
	defer stop()
	a.signals.graceful.Store(true)
	if f.makeNet {
		return makeNet(ctx, a, f, sink)
	}
	if f.dir == "" {
		if f.dir, err = freeDir("runs", "demo"); err != nil {
			return err
		}
	}
	r, err := a.do.demo(ctx, f.dir, f.device, a.do.open, sink)
	if err != nil {
		return err
	}
	stop()
	text := a.out
	if a.json {
		text = a.err
	}
	fmt.Fprint(text, r.Text())
	return nil
}

func makeNet(ctx context.Context, a *app, f demoFlags, sink transfer.Sink) error {
	work, err := os.MkdirTemp("", "gotl-demo-net-*")
	if err != nil {
		return fault.New(fault.ErrStorage, "no temporary folder", os.TempDir(), err.Error(), "set TMPDIR to a folder that can be written")
	}
	err = transfer.MakeDemoNet(ctx, f.net, work, a.do.open, sink)
	return errors.Join(err, os.RemoveAll(work))
}

// freeDir makes the first of PARENT/NAME-1, -2, … that does not exist.
func freeDir(parent, name string) (string, error) {
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", fault.New(fault.ErrStorage, "folder not made", parent, err.Error(), "choose another place with --output-dir")
	}
	for n := 1; ; n++ {
		dir := filepath.Join(parent, fmt.Sprintf("%s-%d", name, n))
		err := os.Mkdir(dir, 0o755)
		if err == nil {
			return dir, nil
		}
		if !errors.Is(err, os.ErrExist) || n > 9999 {
			return "", fault.New(fault.ErrStorage, "folder not made", dir, err.Error(), "choose another place with --output-dir")
		}
	}
}
