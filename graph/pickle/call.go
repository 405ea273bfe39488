package pickle

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// class is a global of the whitelist on the stack.
type class struct {
	name  string
	value any
}

// global looks a name up in the caller's list; that is all that happens to it.
func global(d *Decoder) error {
	module, err := d.line()
	if err != nil {
		return err
	}
	name, err := d.line()
	if err != nil {
		return err
	}
	full := module + "." + name
	v, ok := d.o.Globals[full]
	if !ok {
		return fmt.Errorf("%w: pickle global %q refused, nothing executed", fault.ErrUnsupported, full)
	}
	if f, ok := v.(Func); ok {
		return d.push(&class{full, f})
	}
	return d.push(v)
}

// reduce calls a Func of the whitelist.
func reduce(d *Decoder) error {
	args, err := d.pop()
	if err != nil {
		return err
	}
	f, err := d.pop()
	if err != nil {
		return err
	}
	c, ok := f.(*class)
	t, ok2 := args.(*Tuple)
	if !ok || !ok2 {
		return fmt.Errorf("%w: pickle calls %T at byte %d, nothing executed", fault.ErrUnsupported, f, d.at)
	}
	v, err := c.value.(Func)(t.Items)
	if err != nil {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	return d.push(v)
}

// build gives a state to an object; that of an OrderedDict (torch's _metadata) is
// dropped.
func build(d *Decoder) error {
	state, err := d.pop()
	if err != nil {
		return err
	}
	v, err := d.top()
	if err != nil {
		return err
	}
	take(state)
	switch x := v.(type) {
	case Builder:
		return x.Build(state)
	case *Dict:
		if x.Ordered {
			return nil
		}
	}
	return fmt.Errorf("%w: pickle gives a state to %T at byte %d, nothing executed", fault.ErrUnsupported, v, d.at)
}

func persistent(d *Decoder) error {
	id, err := d.pop()
	if err != nil {
		return err
	}
	if d.o.Persistent == nil {
		return fmt.Errorf("%w: pickle with a persistent id at byte %d", fault.ErrUnsupported, d.at)
	}
	v, err := d.o.Persistent(id)
	if err != nil {
		return err
	}
	return d.push(v)
}
