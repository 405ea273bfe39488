package checkpoint

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Match compares hashes of the present run with the stored ones. Differences
// are fault.ErrCheckpoint; if the data differ, fault.ErrChanged as well, which
// then decides the exit code.
func (m *Meta) Match(now map[string]string) error {
	var what, why []string
	for _, k := range slices.Sorted(maps.Keys(now)) {
		if m.Hashes[k] != now[k] {
			what = append(what, k)
			why = append(why, fmt.Sprintf("%s: checkpoint %s, now %s", k, short(m.Hashes[k]), short(now[k])))
		}
	}
	if len(what) == 0 {
		return nil
	}
	var cause error = fault.ErrCheckpoint
	if slices.Contains(what, "data") {
		cause = fmt.Errorf("%w: %w", fault.ErrChanged, fault.ErrCheckpoint)
	}
	return fault.New(cause, strings.Join(what, ", ")+" changed since the checkpoint", "", strings.Join(why, "; "),
		"restore what the run began with, or --force to go on with the new")
}

// short is enough of a hash to tell two apart.
func short(h string) string {
	if h == "" {
		return "none"
	}
	return h[:min(len(h), 12)]
}
