package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer"
)

func newPredict(a *app) *cobra.Command {
	if a.do.predict == nil {
		return nil
	}
	var g *given
	c := &cobra.Command{
		Use:   "predict --model RUN|FILE PATH…|-",
		Short: "name the class of pictures: CSV on stdout, JSON Lines with --json",
		Long: `Names the class of each picture. A PATH is a picture or a folder of pictures; - reads
paths from stdin, one a line. The result is CSV (path,pred,p_CLASS…), or with --json a
JSON object a line.`,
		Example: "  gotl-gpu predict --model runs/finetune/faces-1 photo.jpg\n  find . -name '*.jpg' | gotl-gpu predict --model model.onnx - > labels.csv",
		RunE: func(c *cobra.Command, args []string) error {
			return predict(c.Context(), a, g, g.arguments(c, args))
		},
	}
	g = bind(c, transfer.PredictSettings{}, false)
	return c
}

func predict(ctx context.Context, a *app, g *given, paths []string) error {
	var s transfer.PredictSettings
	if err := g.parse(a, &s); err != nil {
		return err
	}
	var err error
	if s.Paths, err = pathList(a.in, paths); err != nil {
		return err
	}
	if s.Model == "" || len(s.Paths) == 0 {
		return fault.New(fault.ErrUsage, "model or pictures missing", "--model, PATH", "predict needs both", "gotl-gpu predict --model runs/finetune/NAME-1 PICTURE…")
	}
	p := &predictions{a: a, csv: csv.NewWriter(a.out)}
	if err := a.do.predict(ctx, s, a.do.open, p.emit); err != nil && !errors.Is(err, errReaderGone) {
		return err
	}
	return p.verdict()
}

// pathList replaces "-" by the lines of in.
func pathList(in io.Reader, paths []string) ([]string, error) {
	var all []string
	for _, p := range paths {
		if p != "-" {
			all = append(all, p)
			continue
		}
		lines := bufio.NewScanner(in)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if lines.Text() != "" {
				all = append(all, lines.Text())
			}
		}
		if err := lines.Err(); err != nil {
			return nil, fault.New(fault.ErrUsage, "list of paths not readable", "stdin", err.Error(), "give one path a line")
		}
	}
	return all, nil
}

// errReaderGone ends a prediction whose output nobody reads any more.
var errReaderGone = errors.New("the reader of standard output is gone")

// predictions prints answers as they come.
type predictions struct {
	a         *app
	csv       *csv.Writer
	head      bool
	good, bad int
}

func (p *predictions) emit(x transfer.Prediction) error {
	if x.Err != nil {
		p.bad++
		fmt.Fprintf(p.a.err, "warning: %s: %s\n", fault.Clean(x.Path), fault.Clean(x.Err.Error()))
	} else {
		p.good++
	}
	if p.a.json {
		emitJSON(p.a.out, "prediction", predictionJSON(x))
	} else {
		p.row(x)
	}
	switch err := p.a.out.broken(); {
	case err == nil:
		return nil
	case errors.Is(err, unix.EPIPE):
		return errReaderGone
	default:
		return fault.New(fault.ErrStorage, "standard output not written", "stdout", err.Error(), "free space, or send it elsewhere")
	}
}

func (p *predictions) row(x transfer.Prediction) {
	if !p.head {
		p.head = true
		head := []string{"path", "pred"}
		for _, c := range x.Classes {
			head = append(head, "p_"+c)
		}
		_ = p.csv.Write(head)
	}
	row := []string{x.Path, ""}
	if x.Err == nil {
		row[1] = x.Classes[x.Pred]
	}
	for i := range x.Classes {
		cell := ""
		if x.Err == nil {
			cell = strconv.FormatFloat(float64(x.Probs[i]), 'g', -1, 32)
		}
		row = append(row, cell)
	}
	_ = p.csv.Write(row)
	p.csv.Flush()
}

// verdict is an error if no picture could be read.
func (p *predictions) verdict() error {
	if p.good == 0 && p.bad > 0 {
		return fault.New(fault.ErrCorrupt, "no picture could be read", "arguments", fmt.Sprintf("%d tried; reasons above", p.bad), "give JPEG, PNG, WebP or GIF files")
	}
	return nil
}

func predictionJSON(x transfer.Prediction) any {
	if x.Err != nil {
		return struct {
			Path  string `json:"path"`
			Error string `json:"error"`
		}{x.Path, x.Err.Error()}
	}
	probs := map[string]float32{}
	for i, c := range x.Classes {
		probs[c] = x.Probs[i]
	}
	return struct {
		Path  string             `json:"path"`
		Pred  string             `json:"pred"`
		Probs map[string]float32 `json:"probs"`
	}{x.Path, x.Classes[x.Pred], probs}
}
