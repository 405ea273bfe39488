package transfer

import (
	"fmt"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// recipes are named sets of numbers that stand between the configuration and the
// defaults. gotl is the defaults themselves.
var recipes = map[string][]Given{"gotl": nil}

// Recipes lists the names --recipe takes.
func Recipes() []string { return []string{"gotl"} }

func (r *resolver) recipe(name string) error {
	if name == "" {
		return nil
	}
	given, ok := recipes[name]
	if !ok {
		return fault.New(fault.ErrUsage, fmt.Sprintf("unknown recipe %q", name), "--recipe "+name,
			"there is: "+strings.Join(Recipes(), ", "), "--recipe gotl, or set numbers by --config FILE")
	}
	return r.level(given)
}
