package weights

import (
	"fmt"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/pickle"
)

// errState marks a pickle that holds something else than a state dict.
var errState = fmt.Errorf("%w: the file holds no state dict", fault.ErrUnsupported)

// wrappers are the keys under which training scripts keep a state dict, in the
// order in which they are looked for.
var wrappers = []string{"state_dict", "model", "model_state_dict", "net", "network", "weights",
	"state_dict_ema", "model_ema", "ema_state_dict", "ema"}

// stateDict finds the tensors in what a pickle holds.
func (s *Set) stateDict(v any) error {
	d, ok := v.(*pickle.Dict)
	if !ok {
		return fmt.Errorf("%w: its pickle is a %s", errState, kind(v))
	}
	for range maxUnwrap {
		inner, key := unwrap(d)
		if inner == nil {
			break
		}
		s.Notes = append(s.Notes, fmt.Sprintf("the state dict is the entry %q of the file", key))
		d = inner
	}
	return s.collect(d)
}

func unwrap(d *pickle.Dict) (*pickle.Dict, string) {
	for _, key := range wrappers {
		if v, ok := d.Get(key); ok {
			if inner, ok := v.(*pickle.Dict); ok {
				return inner, key
			}
		}
	}
	return nil, ""
}

// collect takes the tensors of a dict; what else it holds is named in a note.
func (s *Set) collect(d *pickle.Dict) error {
	var others []string
	for _, e := range d.Items {
		name, ok := e.Key.(string)
		if !ok {
			return fmt.Errorf("%w: a key is a %s", errState, kind(e.Key))
		}
		if err := checkName(name); err != nil {
			return err
		}
		ref, ok := e.Value.(*view)
		if !ok {
			others = append(others, name)
			continue
		}
		if len(s.tensors) == MaxTensors {
			return limit("tensors", MaxTensors+1, MaxTensors)
		}
		t, err := ref.tensor(name)
		if err != nil {
			return err
		}
		s.tensors = append(s.tensors, t)
	}
	if len(s.tensors) == 0 {
		return fmt.Errorf("%w: its %d entries are no tensors: %s", errState, len(others), few(others))
	}
	if len(others) > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("%d entries are no tensors and left out: %s", len(others), few(others)))
	}
	return nil
}

// strip removes prefixes that wrappers of a module put before every name:
// DataParallel and AveragedModel, torch.compile. AveragedModel's counter goes too.
func (s *Set) strip(prefixes ...string) {
	for _, p := range prefixes {
		var kept []*Tensor
		for _, t := range s.tensors {
			if strings.HasPrefix(t.Name, p) {
				kept = append(kept, t)
			} else if t.Name != "n_averaged" {
				kept = nil
				break
			}
		}
		if kept == nil {
			continue
		}
		s.tensors = kept
		for _, t := range s.tensors {
			t.Name = t.Name[len(p):]
		}
		s.Notes = append(s.Notes, fmt.Sprintf("%q is removed before %d names", p, len(kept)))
	}
}

// few lists the first names.
func few(names []string) string {
	const most = 4
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
}

// kind names a pickled value for people.
func kind(v any) string {
	switch v.(type) {
	case *view:
		return "tensor"
	case *pickle.Tuple:
		return "tuple"
	case *pickle.List:
		return "list"
	case *pickle.Dict:
		return "dict"
	case nil:
		return "None"
	}
	return fmt.Sprintf("%T", v)
}
