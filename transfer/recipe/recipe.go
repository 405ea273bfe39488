// Package recipe holds the named sets of numbers that --recipe chooses from: YAML in the
// names of gotl-gpu's own settings, with the source of each figure as a comment.
//
// A recipe sets numbers only. Frozen norms keep their statistics in all of them, also
// where the tool a recipe is named after lets them drift.
package recipe

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

//go:embed *.yaml
var files embed.FS

// Default is the recipe whose numbers are the settings' own defaults.
const Default = "gotl"

// List returns the names, the default first.
func List() []string {
	entries, _ := files.ReadDir(".") // embedded: cannot fail
	names := []string{Default}
	for _, e := range entries {
		if n := strings.TrimSuffix(e.Name(), ".yaml"); n != Default {
			names = append(names, n)
		}
	}
	return names
}

// Text returns a recipe's YAML. Error: fault.ErrUsage.
func Text(name string) ([]byte, error) {
	if !slices.Contains(List(), name) {
		return nil, fault.New(fault.ErrUsage, fmt.Sprintf("unknown recipe %q", name), "--recipe "+name, "there is: "+strings.Join(List(), ", "),
			"--recipe "+Default+", or give a YAML file")
	}
	return files.ReadFile(name + ".yaml")
}

// About is the first line of a recipe, its description.
func About(name string) string {
	b, err := Text(name)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return strings.TrimSpace(strings.TrimPrefix(line, "#"))
}
