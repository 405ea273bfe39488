package conformance

import (
	"fmt"
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Case is one use of one operator.
type Case struct {
	Name string // unique among the cases of an operator
	Op   graph.Op
	In   []*graph.Tensor // nil: an absent optional input
	Want []*graph.Tensor // results worked by hand; nil: the reference is the judge
	Tol  Tol             // zero: DefaultTol
	Wrt  []int           // inputs that get a gradient; none: forward only
	Dy   []int           // results the loss depends on; nil: all
	// Params says that inputs but the first are parameters: the case is also run
	// with them as constants and as state.
	Params bool
	half   bool // also with inputs and results that a back end keeps in 16 bits
}

// ID is the name by which a case is skipped: "MaxPool/odd width".
func (c Case) ID() string { return c.Op.Kind() + "/" + c.Name }

func (c Case) tol() Tol {
	if c.Tol == (Tol{}) {
		return DefaultTol
	}
	return c.Tol
}

// form says what the inputs behind the first are in a program.
type form uint8

const (
	asInput form = iota
	asConst
	asState
	asHalf // all inputs and results stand between convolutions: Precision
)

func (f form) String() string { return [...]string{"inputs", "constants", "state", "16 bits"}[f] }

// values adds c's inputs to g and to feed.
func (c Case) values(g *graph.Graph, f form, feed Feed) ([]*graph.Value, error) {
	in := make([]*graph.Value, len(c.In))
	for i, t := range c.In {
		name := fmt.Sprintf("x%d", i)
		switch {
		case t == nil:
		case i > 0 && f == asConst:
			in[i] = g.AddConst(name, t)
		case i > 0 && f == asState:
			in[i] = g.AddState(name, t)
		default:
			in[i] = g.AddInput(name, t.Type(), false)
			feed[name] = t
		}
	}
	return in, f.pass(g, in)
}

// forward returns a program with the outputs of c's operator.
func (c Case) forward(f form) (*graph.Program, Feed, error) {
	g, feed := graph.New(), Feed{}
	in, err := c.values(g, f, feed)
	if err != nil {
		return nil, nil, err
	}
	out, err := g.Add("y", c.Op, in...)
	if err != nil {
		return nil, nil, err
	}
	g.Outputs = slices.Clone(out)
	if err := f.pass(g, g.Outputs); err != nil {
		return nil, nil, err
	}
	return &graph.Program{Graph: g}, feed, nil
}

// Forward returns the program of c's operator with everything as inputs.
func (c Case) Forward() (*graph.Program, Feed, error) { return c.forward(asInput) }

// Backward returns the program of the gradients of Σ y·dy with respect to the
// inputs wrt, in their order, with dy as further inputs. Inputs are named x0, x1...,
// upstream gradients dy0, dy1...
func (c Case) Backward(wrt ...int) (*graph.Program, Feed, error) { return c.backward(asInput, wrt...) }

func (c Case) backward(f form, wrt ...int) (*graph.Program, Feed, error) {
	g, feed := graph.New(), Feed{}
	in, err := c.values(g, f, feed)
	if err != nil {
		return nil, nil, err
	}
	y, err := g.Add("y", c.Op, in...)
	if err != nil {
		return nil, nil, err
	}
	pairs, err := c.upstream(g, f, y, feed)
	if err != nil {
		return nil, nil, err
	}
	loss, err := g.Add1("loss", weigh{}, pairs...)
	if err != nil {
		return nil, nil, err
	}
	var targets []*graph.Value
	for _, i := range wrt {
		targets = append(targets, in[i])
	}
	grads, err := graph.Gradients(g, loss, targets)
	if err != nil {
		return nil, nil, err
	}
	var out []*graph.Value
	for _, i := range wrt { // a gradient may be dy itself, or one value twice
		v, err := g.Add1(fmt.Sprintf("dx%d", i), graph.Identity{}, grads[in[i]])
		if err != nil {
			return nil, nil, err
		}
		out = append(out, v)
	}
	if err := f.pass(g, out); err != nil {
		return nil, nil, err
	}
	g, err = graph.Prune(g, out...)
	return &graph.Program{Graph: g}, feed, err
}

// upstream returns pairs of a result and its gradient.
func (c Case) upstream(g *graph.Graph, f form, y []*graph.Value, feed Feed) ([]*graph.Value, error) {
	which := c.Dy
	if which == nil {
		for i := range y {
			which = append(which, i)
		}
	}
	var pairs []*graph.Value
	for _, i := range which {
		name := fmt.Sprintf("dy%d", i)
		feed[name] = Normal(c.ID()+name, y[i].Shape...)
		dy := []*graph.Value{g.AddInput(name, y[i].Type, false)}
		if err := f.pass(g, dy); err != nil {
			return nil, err
		}
		pairs = append(pairs, y[i], dy[0])
	}
	return pairs, nil
}

// weigh is Σ y·dy over pairs of inputs. It only directs backpropagation and is
// pruned from every program.
type weigh struct{}

func (weigh) Kind() string { return "weigh" }

func (weigh) Infer(in []*graph.Value) ([]graph.Type, error) {
	if len(in) == 0 || len(in)%2 != 0 {
		return nil, fmt.Errorf("%w: %d inputs", fault.ErrInternal, len(in))
	}
	return []graph.Type{{DType: graph.Float32, Shape: graph.Shape{1}}}, nil
}

func (weigh) Grad(_ *graph.Backprop, n *graph.Node, _ []*graph.Value) ([]*graph.Value, error) {
	dx := make([]*graph.Value, len(n.In))
	for i := 0; i < len(dx); i += 2 {
		dx[i] = n.In[i+1]
	}
	return dx, nil
}
