package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer"
)

func newFinetune(a *app) *cobra.Command {
	if a.do.finetune == nil {
		return nil
	}
	var g *given
	c := &cobra.Command{
		Use:     "finetune DATA --model NET.onnx [key=value…]",
		Short:   "train a classifier for your pictures from a pretrained network",
		Long:    finetuneLong,
		Example: finetuneExample,
		RunE: func(c *cobra.Command, args []string) error {
			if err := g.positional("data", g.arguments(c, args)); err != nil {
				return err
			}
			return finetune(c.Context(), a, g)
		},
	}
	g = bind(c, transfer.Settings{}, true)
	return c
}

const finetuneLong = `Replaces the classifier of a pretrained network, trains it on your pictures, checks
that frozen weights stayed as they were, and writes model.onnx with a report into a
run directory. DATA is a folder with a folder for each class, or a CSV file.

Settings are flags or bare key=value; _ equals - and other tools' names are
understood and announced. A flag wins over --set, --set over --config, --config over
--recipe. Ctrl-C saves a checkpoint and stops; --resume RUN goes on exactly.`

const finetuneExample = `  gotl-gpu finetune faces/ --model mobilenet.onnx
  gotl-gpu finetune faces/ --model mobilenet.onnx --scheme features --epochs 5
  gotl-gpu finetune faces.csv model=net.onnx lr=1e-3 batch=16 --group-by labels.csv:person
  gotl-gpu finetune --resume runs/finetune/faces-1
  gotl-gpu finetune -c runs/finetune/faces-1/config.yaml --seed 7`

// finetune runs the main job.
func finetune(ctx context.Context, a *app, g *given) error {
	src, err := g.sources()
	if err != nil {
		return err
	}
	s, origins, notes, err := transfer.ParseSettings(src)
	a.note(notes)
	if err != nil {
		return err
	}
	if err := needs(s); err != nil {
		return err
	}
	sink, stop, err := a.sink()
	if err != nil {
		return err
	}
	defer stop()
	a.signals.budget.Store(int64(s.TermBudget))
	a.signals.graceful.Store(true)
	_, err = a.do.finetune(ctx, s, origins, a.do.open, sink)
	return err
}

// needs refuses a run without its two inputs.
func needs(s transfer.Settings) error {
	switch {
	case s.Resume != "":
		return nil
	case s.Data == "":
		return fault.New(fault.ErrUsage, "no pictures given", "DATA", "finetune needs labelled pictures", "gotl-gpu finetune FOLDER --model NET.onnx")
	case s.Model == "":
		return fault.New(fault.ErrUsage, "no network given", "--model", "finetune needs a pretrained network", "gotl-gpu finetune FOLDER --model NET.onnx")
	}
	return nil
}
