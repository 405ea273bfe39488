package graph

import (
	"math"
)

// FoldBatchNorm multiplies stored statistics into the convolution or linear layer
// before them, for every BatchNorm node that allow accepts (nil: all) and whose
// producer has constant weights and no other reader:
//
//	w'[k] = w[k]·s[k],  b'[k] = (b[k]−mean[k])·s[k] + bias[k],  s = scale/√(variance+eps)
//
// Weights are scaled when they are read, so large ones are not copied here.
func FoldBatchNorm(g *Graph, allow func(*Node) bool) (*Graph, error) {
	users := g.Users()
	outs := map[*Value]bool{}
	for _, v := range g.Outputs {
		outs[v] = true
	}
	folded := map[*Node]*Node{} // producer -> BatchNorm
	for _, n := range g.Nodes {
		if p := foldable(n, users, outs); p != nil && (allow == nil || allow(n) && allow(p)) {
			folded[p] = n
		}
	}
	c := NewCopier()
	c.Leaves(g)
	for _, n := range g.Nodes {
		if bn := folded[n]; bn != nil {
			if err := foldInto(c, n, bn); err != nil {
				return nil, err
			}
			continue
		}
		if _, ok := n.Op.(BatchNorm); ok && c.Map[n.Out[0]] != nil {
			continue // already written by its producer
		}
		if err := c.Node(n); err != nil {
			return nil, err
		}
	}
	out, err := c.Finish(g)
	if err != nil {
		return nil, err
	}
	return Prune(out, out.Outputs...)
}

// foldable returns the producer into which n, a BatchNorm, can be folded, or nil.
func foldable(n *Node, users map[*Value][]*Node, outs map[*Value]bool) *Node {
	if _, ok := n.Op.(BatchNorm); !ok {
		return nil
	}
	p := n.In[0].From
	if p == nil || len(users[n.In[0]]) != 1 || outs[n.In[0]] || !allConst(n.In[1:]) || !allConst(p.In[1:]) {
		return nil
	}
	switch op := p.Op.(type) {
	case Conv:
		return p
	case Gemm:
		if op.TransB && op.Alpha == 1 && op.Beta == 1 && n.In[0].Shape.Rank() == 2 {
			if b := opt(p.In, 2); b == nil || b.Shape.Rank() == 1 {
				return p
			}
		}
	}
	return nil
}

func allConst(vs []*Value) bool {
	for _, v := range vs {
		if v != nil && v.Kind != Const {
			return false
		}
	}
	return true
}

func foldInto(c *Copier, n, bn *Node) error {
	scale, shift, err := bnAffine(bn)
	if err != nil {
		return err
	}
	if b := opt(n.In, 2); b != nil {
		t, err := Load(b.Data)
		if err != nil {
			return err
		}
		for k := range shift {
			shift[k] += t.At(k%t.Len()) * scale[k]
		}
	}
	bias := NewTensor(Float32, len(shift))
	for k, v := range shift {
		bias.F32[k] = float32(v)
	}
	w := n.In[1]
	in := []*Value{c.Map[n.In[0]],
		c.Dst.AddConst(w.Name+"/folded", &rowScaled{w.Data, scale, w.Shape.Len() / len(scale)}),
		c.Dst.AddConst(bn.Name+"/bias", bias)}
	out, err := c.Dst.AddNamed(n.Name, []string{bn.Out[0].Name}, n.Op, in...)
	if err != nil {
		return err
	}
	c.Map[bn.Out[0]] = out[0]
	return nil
}

// bnAffine returns s and bias − mean·s of a BatchNorm node with constant inputs.
func bnAffine(bn *Node) (scale, shift []float64, err error) {
	var t [4]*Tensor
	for i := range t {
		if t[i], err = Load(bn.In[1+i].Data); err != nil {
			return nil, nil, err
		}
	}
	eps := float64(bn.Op.(BatchNorm).Eps)
	scale, shift = make([]float64, t[0].Len()), make([]float64, t[0].Len())
	for k := range scale {
		scale[k] = t[0].At(k) / math.Sqrt(t[3].At(k)+eps)
		shift[k] = t[1].At(k) - t[2].At(k)*scale[k]
	}
	return scale, shift, nil
}

// rowScaled is a constant whose rows of n elements are multiplied by factors.
type rowScaled struct {
	src    Data
	factor []float64
	n      int
}

func (r *rowScaled) Type() Type { return r.src.Type() }

func (r *rowScaled) Fill(dst []float32, at int) error {
	if err := r.src.Fill(dst, at); err != nil {
		return err
	}
	for i := range dst {
		dst[i] = float32(float64(dst[i]) * r.factor[(at+i)/r.n])
	}
	return nil
}
