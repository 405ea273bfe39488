package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gotl-gpu/gotl-gpu/transfer"
)

func newDoctor(a *app) *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:     "doctor",
		Short:   "examine this machine: libraries, memory, disk, and a self-test of the numbers",
		Example: "  gotl-gpu doctor\n  gotl-gpu doctor --json",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return doctor(c.Context(), a, dir)
		},
	}
	c.Flags().StringVar(&dir, "project", ".", "folder whose disk is examined")
	return c
}

func doctor(ctx context.Context, a *app, dir string) error {
	d, err := transfer.Doctor(ctx, transfer.DoctorOptions{Library: library, GPU: describeGPU, Open: a.do.open, Devices: []string{"cpu"}, Dir: dir})
	if a.json {
		emitJSON(a.out, "doctor", d)
	} else {
		fmt.Fprint(a.out, d.Text())
	}
	return err
}
