package transfer

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// freezing says which nodes of a network keep their parameters. Specs match node
// names; they are joined by commas and mean the union:
//
//	auto, 0   nothing           all   everything but the head
//	n         the first n blocks
//	name      that node or everything in that scope (boundary "/" or ".")
//	re:P      RE2 search
//	cut:NODE  NODE and everything it depends on
type freezing struct {
	blocks []block
	frozen map[*graph.Node]bool
}

// block is a run of nodes between two cuts, in graph order.
type block struct {
	name  string
	nodes []*graph.Node
}

// freeze returns the frozen nodes of g. With trainOnly the specs name what trains
// and everything else but the head is frozen.
func freeze(g *graph.Graph, blocks []block, freezeSpec, trainOnly string) (map[*graph.Node]bool, error) {
	if trainOnly != "" && freezeSpec != "auto" && freezeSpec != "" {
		return nil, fault.New(fault.ErrUsage, "--freeze and --train-only exclude each other",
			"--freeze "+freezeSpec+" --train-only "+trainOnly, "one is the complement of the other", "give one of them")
	}
	f := &freezing{blocks: blocks, frozen: map[*graph.Node]bool{}}
	flag, specs := "--freeze", freezeSpec
	if trainOnly != "" {
		flag, specs = "--train-only", trainOnly
	}
	for _, s := range strings.Split(specs, ",") {
		n, err := f.match(g, s)
		if err != nil {
			return nil, err
		}
		if n == 0 && s != "auto" && s != "0" && s != "" {
			return nil, fault.New(fault.ErrUsage, "nothing matches "+flag+" "+s, "network with "+fmt.Sprint(len(g.Nodes))+" nodes",
				fmt.Sprintf("%d blocks; first node %q", len(blocks), firstName(g)), "gotl-gpu inspect MODEL --cuts lists nodes and blocks")
		}
	}
	if trainOnly != "" {
		f.complement(g)
	}
	return f.frozen, f.shared(g)
}

func firstName(g *graph.Graph) string {
	if len(g.Nodes) == 0 {
		return ""
	}
	return g.Nodes[0].Name
}

// match freezes what one spec names and returns how many nodes it names.
func (f *freezing) match(g *graph.Graph, s string) (int, error) {
	s = strings.TrimSpace(s)
	if n, err := strconv.Atoi(s); err == nil {
		return f.firstBlocks(n)
	}
	switch {
	case s == "" || s == "auto":
		return 0, nil
	case s == "all":
		return f.where(g, func(*graph.Node) bool { return true }), nil
	case strings.HasPrefix(s, "re:"):
		re, err := regexp.Compile(s[3:])
		if err != nil {
			return 0, fault.New(fault.ErrUsage, "pattern not understood", "--freeze "+s, err.Error(), "use RE2 syntax")
		}
		return f.where(g, func(n *graph.Node) bool { return re.MatchString(n.Name) }), nil
	case strings.HasPrefix(s, "cut:"):
		return f.cut(g, s[4:])
	}
	return f.where(g, func(n *graph.Node) bool { return inScope(n.Name, s) }), nil
}

// inScope reports whether name is scope or lies in it: layer1 is not layer10.
func inScope(name, scope string) bool {
	if !strings.HasPrefix(strings.TrimPrefix(name, "/"), strings.TrimPrefix(scope, "/")) {
		return false
	}
	rest := strings.TrimPrefix(name, "/")[len(strings.TrimPrefix(scope, "/")):]
	return rest == "" || rest[0] == '/' || rest[0] == '.'
}

func (f *freezing) where(g *graph.Graph, want func(*graph.Node) bool) int {
	count := 0
	for _, n := range g.Nodes {
		if want(n) {
			f.frozen[n] = true
			count++
		}
	}
	return count
}

func (f *freezing) firstBlocks(n int) (int, error) {
	if n < 0 || n > len(f.blocks) {
		return 0, fault.New(fault.ErrUsage, "so many blocks there are not", fmt.Sprintf("--freeze %d", n),
			fmt.Sprintf("the network has %d blocks", len(f.blocks)), "gotl-gpu inspect MODEL --cuts lists them")
	}
	count := 0
	for _, b := range f.blocks[:n] {
		for _, node := range b.nodes {
			f.frozen[node] = true
			count++
		}
	}
	return count, nil
}

func (f *freezing) cut(g *graph.Graph, name string) (int, error) {
	n := g.Node(name)
	if v := g.Value(name); n == nil && v != nil {
		n = v.From
	}
	if n == nil {
		return 0, nil
	}
	up := upstream(n)
	return f.where(g, func(n *graph.Node) bool { return up[n] }), nil
}

// upstream returns n and every node it depends on.
func upstream(n *graph.Node) map[*graph.Node]bool {
	up := map[*graph.Node]bool{}
	stack := []*graph.Node{n}
	for len(stack) > 0 {
		n, stack = stack[len(stack)-1], stack[:len(stack)-1]
		if n == nil || up[n] {
			continue
		}
		up[n] = true
		for _, v := range n.In {
			if v != nil {
				stack = append(stack, v.From)
			}
		}
	}
	return up
}

func (f *freezing) complement(g *graph.Graph) {
	for _, n := range g.Nodes {
		if f.frozen[n] {
			delete(f.frozen, n)
		} else {
			f.frozen[n] = true
		}
	}
}

// shared refuses a weight that stands in frozen and in trained nodes.
func (f *freezing) shared(g *graph.Graph) error {
	first := map[*graph.Value]*graph.Node{}
	for _, n := range g.Nodes {
		for _, i := range trainableInputs(n.Op) {
			if i >= len(n.In) || n.In[i] == nil || n.In[i].Kind != graph.Const {
				continue
			}
			if m := first[n.In[i]]; m != nil && f.frozen[m] != f.frozen[n] {
				return fault.New(fault.ErrUsage, "a weight is shared by a frozen and a trained node", n.In[i].Name,
					fmt.Sprintf("nodes %q and %q", m.Name, n.Name), "freeze both or none")
			}
			first[n.In[i]] = n
		}
	}
	return nil
}
