package transfer

import (
	"fmt"
	"reflect"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Given is one setting as it was written. Where is its origin, a flag or
// "run.yaml:14:3"; it stands in errors and in config.yaml.
type Given struct{ Key, Value, Where string }

// Sources are the places settings come from, strongest first.
type Sources struct {
	Flags  []Given // --flag value, key=value and positional arguments
	Set    []Given // --set key=value
	Config string  // YAML file; "" none
	Recipe string  // "" means the default, gotl
}

// Origins tells for every setting where its value came from: the spelling of
// a flag, file:line:column, "recipe NAME" or "default".
type Origins map[string]string

// ParseSettings resolves the settings of a run: flags over --set over the config
// file over the recipe over defaults. The environment has no say. notes are lines
// for the user, such as "lr0 read as --lr 0.01". Errors: fault.ErrUsage, naming
// the place and the nearest spelling.
func ParseSettings(src Sources) (s Settings, o Origins, notes []string, err error) {
	if o, notes, err = ParseInto(&s, src); err != nil {
		return s, o, notes, err
	}
	return s, o, notes, s.checkTogether(o)
}

// ParseInto is ParseSettings for any struct with the tags of Settings; dst is a
// pointer to it.
func ParseInto(dst any, src Sources) (Origins, []string, error) {
	r := newResolver(dst)
	if err := r.defaults(); err != nil {
		return nil, nil, err
	}
	if err := r.recipe(src.Recipe); err != nil {
		return nil, nil, err
	}
	config, err := readConfig(src.Config)
	if err != nil {
		return nil, nil, err
	}
	for _, level := range [][]Given{config, src.Set, src.Flags} {
		if err := r.level(level); err != nil {
			return nil, r.notes, err
		}
	}
	return r.origins, r.notes, r.checkValues()
}

type resolver struct {
	dst     reflect.Value
	keys    *keys
	origins Origins
	notes   []string
}

func newResolver(dst any) *resolver {
	return &resolver{dst: reflect.ValueOf(dst).Elem(), keys: newKeys(Fields(dst)), origins: Origins{}}
}

func (r *resolver) defaults() error {
	for _, f := range r.keys.fields {
		r.origins[f.Name] = "default"
		if f.Default == "" {
			continue
		}
		v, err := f.parse(f.Default)
		if err != nil {
			return fmt.Errorf("%w: default of %s: %w", fault.ErrInternal, f.Name, err)
		}
		r.dst.FieldByIndex(f.index).Set(v)
	}
	return nil
}

// level applies the settings of one source. Two values for one setting are an
// error: which of them was meant is not ours to guess.
func (r *resolver) level(given []Given) error {
	first := map[string]Given{}
	for _, g := range given {
		f, text, note, err := r.keys.resolve(g)
		if err != nil {
			return err
		}
		if note != "" {
			r.notes = append(r.notes, note)
		}
		if f == nil {
			continue
		}
		v, err := f.parse(text)
		if err != nil {
			return fault.New(fault.ErrUsage, fmt.Sprintf("%s: %v", f.Name, err), g.Where, "given: "+g.Key+" = "+g.Value, f.Help)
		}
		dst := r.dst.FieldByIndex(f.index)
		if old, twice := first[f.Name]; twice && !dst.Equal(v) {
			return fault.New(fault.ErrUsage, f.Name+" is given twice with different values", old.Where+" and "+g.Where,
				old.Value+" and "+g.Value, "give it once")
		}
		first[f.Name] = g
		dst.Set(v)
		r.origins[f.Name] = g.Where
	}
	return nil
}
