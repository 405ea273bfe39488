package direct

import (
	"fmt"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// ByName maps source classes to the target class of the same name: the whole name, or one
// of its comma-separated synonyms, in Unicode's NFC and case-folded; never a part of a
// word ("male" is in "female"). Several source classes may go to one target, none to two.
// Error: fault.ErrUsage, naming a target without a source or a source with two targets.
func ByName(target, source []string) (*Map, error) {
	m := newMap(target, source, len(source), "name")
	of := map[string]int{}
	for t, name := range target {
		for _, s := range synonyms(name) {
			if other, ok := of[s]; ok && other != t {
				return nil, fault.New(fault.ErrUsage, "two classes of the same name", fmt.Sprintf("%q and %q", target[other], name),
					"names are compared without case", "rename one of the folders")
			}
			of[s] = t
		}
	}
	for z, name := range source {
		found := -1
		for _, s := range synonyms(name) {
			t, ok := of[s]
			if ok && found >= 0 && found != t {
				return nil, fault.New(fault.ErrUsage, "a class of the network fits two of yours", fmt.Sprintf("%q", name),
					fmt.Sprintf("%q and %q", target[found], target[t]), "--map FILE with lines source,target[,weight]")
			}
			if ok {
				found = t
			}
		}
		if found >= 0 {
			m.At(found)[z] = 1
		}
	}
	return m, m.complete("--map learned, or --map FILE with lines source,target[,weight]")
}

// synonyms returns a name whole and its comma-separated parts, comparable.
func synonyms(name string) []string {
	out := []string{canonical(name)}
	for _, part := range strings.Split(name, ",") {
		if s := canonical(part); s != "" && s != out[0] {
			out = append(out, s)
		}
	}
	return out
}

// canonical is a name in NFC, case-folded, with single spaces for spaces and underscores.
func canonical(name string) string {
	name = cases.Fold().String(norm.NFC.String(strings.ReplaceAll(name, "_", " ")))
	return strings.Join(strings.Fields(name), " ")
}
