package transfer

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/gotl-gpu/gotl-gpu/transfer/recipe"
)

// Recipes lists the names --recipe takes.
func Recipes() []string { return recipe.List() }

// recipe applies a named recipe, or a YAML file. The default one is the settings' own
// defaults.
func (r *resolver) recipe(name string) error {
	switch {
	case name == "" || name == recipe.Default:
		return nil
	case !slices.Contains(recipe.List(), name) && filepath.Ext(name) != "" && exists(name):
		given, err := readConfig(name)
		if err != nil {
			return err
		}
		return r.level(given)
	}
	text, err := recipe.Text(name)
	if err != nil {
		return err
	}
	given, err := parseConfig(name+".yaml", text)
	if err != nil {
		return err
	}
	for i := range given {
		given[i].Where = fmt.Sprintf("recipe %s", name)
	}
	return r.level(given)
}
