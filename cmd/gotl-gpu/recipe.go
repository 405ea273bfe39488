package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/recipe"
)

func newRecipe(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "recipe list|show NAME",
		Short:   "the named sets of numbers for --recipe",
		Example: "  gotl-gpu recipe list\n  gotl-gpu recipe show fastai > mine.yaml",
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case len(args) == 0 || len(args) == 1 && args[0] == "list":
				for _, n := range recipe.List() {
					fmt.Fprintf(a.out, "%-12s %s\n", n, recipe.About(n))
				}
				return nil
			case len(args) == 2 && args[0] == "show":
				text, err := recipe.Text(args[1])
				if err == nil {
					_, err = a.out.Write(text)
				}
				return err
			}
			return fault.New(fault.ErrUsage, "recipe not understood", "recipe "+args[0], "there is: list, show NAME", "gotl-gpu recipe list")
		},
	}
	return c
}
