package graph

import (
	"fmt"
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Kind says where a value comes from.
type Kind uint8

// The kinds of value.
const (
	Computed Kind = iota // result of a node
	Input                // given anew for every step
	Const                // fixed for the life of a program; Const holds the content
	State                // kept between steps: trained weights, optimiser state, BN statistics
)

// Value is one tensor of a graph.
type Value struct {
	Name string // unique within its graph, not empty
	Type
	Kind    Kind
	Batched bool  // Input only: dimension 0 is the batch
	Data    Data  // Const: the content; State: the initial content
	From    *Node // Computed: the producer
	index   int   // position among From.Out
}

// Index returns the position of a computed value among its producer's outputs.
func (v *Value) Index() int { return v.index }

func (v *Value) String() string { return v.Name + " " + v.Type.String() }

// Node is one use of an operator. An absent optional input is nil.
type Node struct {
	Name string // unique among nodes, not empty
	Op   Op
	In   []*Value
	Out  []*Value
}

func (n *Node) String() string { return fmt.Sprintf("%s %q", n.Op.Kind(), n.Name) }

// Op holds the attributes of one operator and says what it means. Each operator
// lives in a file op_NAME.go. An Op is a plain value and must not change after use.
type Op interface {
	// Kind returns the operator's name: "Conv".
	Kind() string
	// Infer returns the types of the outputs, or an error that wraps
	// fault.ErrShape or fault.ErrUnsupported. Absent inputs are nil.
	Infer(in []*Value) ([]Type, error)
}

// Gradient is an Op that knows its derivative.
type Gradient interface {
	Op
	// Grad emits nodes that compute the gradients of n's inputs from dy, the
	// gradients of its outputs (nil: no path to the loss). The result has one
	// entry per input, nil where b.Wants says no or none exists.
	Grad(b *Backprop, n *Node, dy []*Value) ([]*Value, error)
}

// Graph is a network or a piece of a program. Nodes are in topological order.
type Graph struct {
	Inputs  []*Value
	Consts  []*Value
	States  []*Value
	Nodes   []*Node
	Outputs []*Value
	values  map[string]*Value
	nodes   map[string]bool
}

// New returns an empty graph.
func New() *Graph { return &Graph{values: map[string]*Value{}, nodes: map[string]bool{}} }

// Value returns the value of that name, or nil.
func (g *Graph) Value(name string) *Value { return g.values[name] }

// Node returns the node of that name, or nil.
func (g *Graph) Node(name string) *Node {
	for _, n := range g.Nodes {
		if n.Name == name {
			return n
		}
	}
	return nil
}

// AddInput adds a value that is given anew for every step.
func (g *Graph) AddInput(name string, t Type, batched bool) *Value {
	v := g.register(&Value{Name: name, Type: t, Kind: Input, Batched: batched})
	g.Inputs = append(g.Inputs, v)
	return v
}

// AddConst adds a constant. data is shared, not copied.
func (g *Graph) AddConst(name string, data Data) *Value {
	v := g.register(&Value{Name: name, Type: data.Type(), Kind: Const, Data: data})
	g.Consts = append(g.Consts, v)
	return v
}

// AddState adds a value that is kept between steps, with its initial content.
func (g *Graph) AddState(name string, data Data) *Value {
	v := g.register(&Value{Name: name, Type: data.Type(), Kind: State, Data: data})
	g.States = append(g.States, v)
	return v
}

// Add appends a node and returns its outputs. name names the node and its first
// output; a name that is taken or empty gets a number. Errors: those of op.Infer.
func (g *Graph) Add(name string, op Op, in ...*Value) ([]*Value, error) {
	return g.AddNamed(name, nil, op, in...)
}

// Add1 is Add for operators with one output.
func (g *Graph) Add1(name string, op Op, in ...*Value) (*Value, error) {
	out, err := g.Add(name, op, in...)
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

// AddNamed is Add with names for the outputs, as far as outs goes.
func (g *Graph) AddNamed(name string, outs []string, op Op, in ...*Value) ([]*Value, error) {
	if name == "" {
		name = op.Kind()
	}
	n := &Node{Name: g.freeNode(name), Op: op, In: slices.Clone(in)}
	types, err := op.Infer(in)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", n, err)
	}
	for i, t := range types {
		if _, err := t.Shape.CheckedLen(t.DType); err != nil {
			return nil, fmt.Errorf("%v: %w", n, err)
		}
		want := name
		if i > 0 {
			want = fmt.Sprintf("%s:%d", name, i)
		}
		if i < len(outs) && outs[i] != "" {
			want = outs[i]
		}
		n.Out = append(n.Out, g.register(&Value{Name: want, Type: t, From: n, index: i}))
	}
	g.nodes[n.Name] = true
	g.Nodes = append(g.Nodes, n)
	return n.Out, nil
}

// register files v under its name, made unique.
func (g *Graph) register(v *Value) *Value {
	v.Name = free(v.Name, func(s string) bool { return g.values[s] != nil })
	g.values[v.Name] = v
	return v
}

func (g *Graph) freeNode(name string) string {
	return free(name, func(s string) bool { return g.nodes[s] })
}

func free(name string, taken func(string) bool) string {
	if name == "" {
		name = "_"
	}
	s := name
	for i := 1; taken(s); i++ {
		s = fmt.Sprintf("%s_%d", name, i)
	}
	return s
}

// Users returns the nodes that read each value, in order.
func (g *Graph) Users() map[*Value][]*Node {
	u := map[*Value][]*Node{}
	for _, n := range g.Nodes {
		for _, v := range n.In {
			if v != nil {
				u[v] = append(u[v], n)
			}
		}
	}
	return u
}

// Validate checks that every input of a node is defined before it is used, that
// values belong to this graph and that types equal what the operators infer.
func (g *Graph) Validate() error {
	seen := map[*Value]bool{}
	for _, vs := range [][]*Value{g.Inputs, g.Consts, g.States} {
		for _, v := range vs {
			seen[v] = true
		}
	}
	for _, n := range g.Nodes {
		if err := n.validate(seen); err != nil {
			return err
		}
	}
	for _, v := range g.Outputs {
		if !seen[v] {
			return fmt.Errorf("%w: output %q is not defined", fault.ErrModel, v.Name)
		}
	}
	return nil
}

func (n *Node) validate(seen map[*Value]bool) error {
	for i, v := range n.In {
		if v != nil && !seen[v] {
			return fmt.Errorf("%v: %w: input %d (%q) is not defined before its use", n, fault.ErrModel, i, v.Name)
		}
	}
	types, err := n.Op.Infer(n.In)
	if err != nil {
		return fmt.Errorf("%v: %w", n, err)
	}
	for i, v := range n.Out {
		if i >= len(types) || types[i].DType != v.DType || !types[i].Shape.Equal(v.Shape) {
			return fmt.Errorf("%v: %w: output %v differs from its rule", n, fault.ErrShape, v)
		}
		seen[v] = true
	}
	return nil
}
