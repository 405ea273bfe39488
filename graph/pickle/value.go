package pickle

// Bytes is a Python bytes object. Python 2's str and unicode are both a string,
// with the bytes that the file has.
type Bytes []byte

// Tuple is a Python tuple.
type Tuple struct {
	Items []any
	depth uint8
}

// List is a Python list.
type List struct {
	Items []any
	node
}

// Pair is an entry of a Dict.
type Pair struct{ Key, Value any }

// Dict is a Python dict or OrderedDict: its entries in the order of the file. A
// key may stand twice; the last one counts.
type Dict struct {
	Items   []Pair
	Ordered bool // an OrderedDict
	node
}

// node is what a mutable container keeps to stay free of cycles.
type node struct {
	depth  uint8
	closed bool // stands in another container
}

// Get returns the value of a string key.
func (d *Dict) Get(key string) (any, bool) {
	for i := len(d.Items) - 1; i >= 0; i-- {
		if k, ok := d.Items[i].Key.(string); ok && k == key {
			return d.Items[i].Value, true
		}
	}
	return nil, false
}

// take closes v, which is about to stand in a container, and returns its depth.
func take(v any) uint8 {
	switch x := v.(type) {
	case *Tuple:
		return x.depth
	case *List:
		x.closed = true
		return x.depth
	case *Dict:
		x.closed = true
		return x.depth
	}
	return 0
}

// newTuple closes items and wraps them.
func newTuple(items []any) (*Tuple, error) {
	t := &Tuple{Items: items, depth: 1}
	for _, v := range items {
		t.depth = max(t.depth, take(v)+1)
	}
	return t, checkDepth(t.depth)
}

func (l *List) add(items ...any) error {
	if l.closed {
		return malformed("a list is changed after its end")
	}
	for _, v := range items {
		if v == any(l) {
			return malformed("a list that contains itself")
		}
		l.depth = max(l.depth, take(v)+1)
	}
	l.Items = append(l.Items, items...)
	return checkDepth(l.depth)
}

func (d *Dict) add(items []any) error {
	if d.closed {
		return malformed("a dict is changed after its end")
	}
	if len(items)%2 != 0 {
		return malformed("a dict with a key that has no value")
	}
	for i := 0; i < len(items); i += 2 {
		k, v := items[i], items[i+1]
		if !hashable(k) {
			return malformed("a dict key that cannot be one")
		}
		if v == any(d) {
			return malformed("a dict that contains itself")
		}
		d.depth = max(d.depth, take(k)+1, take(v)+1)
		d.Items = append(d.Items, Pair{k, v})
	}
	return checkDepth(d.depth)
}

func checkDepth(depth uint8) error {
	if depth > MaxDepth {
		return limit("nested containers", int(depth), MaxDepth)
	}
	return nil
}

// hashable reports whether Python would take v as a key.
func hashable(v any) bool {
	switch v.(type) {
	case *List, *Dict:
		return false
	}
	return true
}

// Func stands for a global that may be called. args are shared with the pickle and
// must not be changed.
type Func func(args []any) (any, error)

// Builder is a result of a Func that takes a state (opcode BUILD).
type Builder interface{ Build(state any) error }

// OrderedDict stands for collections.OrderedDict: empty, or from a list of pairs.
var OrderedDict Func = func(args []any) (any, error) {
	d := &Dict{Ordered: true, node: node{depth: 1}}
	if len(args) == 0 {
		return d, nil
	}
	l, ok := args[0].(*List)
	if !ok || len(args) > 1 {
		return nil, malformed("OrderedDict of something else than a list of pairs")
	}
	for _, e := range l.Items {
		pair := Items(e)
		if len(pair) != 2 {
			return nil, malformed("OrderedDict of something else than a list of pairs")
		}
		if err := d.add(pair); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// Items returns the elements of a list or tuple, else nil.
func Items(v any) []any {
	switch x := v.(type) {
	case *Tuple:
		return x.Items
	case *List:
		return x.Items
	}
	return nil
}
