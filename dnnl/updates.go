package dnnl

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// updates appends the stores of new state that no node has made in place. All new
// values are there before the first state changes: a new value that lies in a
// state's memory is set aside first.
func (c *compiler) updates() error {
	type store struct{ to, from *form }
	var stores []store
	for _, u := range c.p.Updates {
		if c.order.inPlace[u.New] == u.State || u.New == u.State {
			continue
		}
		c.node = u.State.Name
		to, from, err := c.store(u)
		if err != nil {
			return fmt.Errorf("update of %v: %w", u.State, err)
		}
		stores = append(stores, store{to, from})
	}
	for _, s := range stores {
		c.kernel("store", s.to, []*form{s.from}, []*form{s.to}, func(e *emitter) error {
			return e.list.copy(e.name, e.bytes(s.to.buf), e.bytes(s.from.buf))
		})
	}
	for _, v := range c.p.States {
		if _, err := c.in(v); err != nil {
			return err
		}
	}
	return nil
}

// store returns the state's form and the new value in the same layout.
func (c *compiler) store(u graph.Update) (to, from *form, err error) {
	d, err := c.layoutOf(u.New)
	if err != nil {
		return nil, nil, err
	}
	if len(c.of(u.State).forms) == 0 {
		if _, err = c.as(u.State, d); err != nil {
			return nil, nil, err
		}
	}
	if to, err = c.in(u.State); err != nil {
		return nil, nil, err
	}
	if from, err = c.as(u.New, to.d); err != nil {
		return nil, nil, err
	}
	if from.buf.place == inState {
		from, err = c.copyOf(from)
	}
	return to, from, err
}
