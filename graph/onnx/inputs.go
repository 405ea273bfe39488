package onnx

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx/internal/pb"
)

// inputs declares the graph's inputs: those of the file without initializers
// (files of IR 3 list them too) and without Options.Const.
func (im *importer) inputs(p *pb.GraphProto) error {
	var ports []Port
	for _, vi := range p.GetInput() {
		if im.env[vi.GetName()] != nil {
			continue
		}
		port, err := portOf(vi)
		if err != nil {
			return fmt.Errorf("input %q: %w", vi.GetName(), err)
		}
		if t := im.o.Const[port.Name]; t != nil {
			if err := im.define(&operand{name: port.Name, c: leaf{t}}); err != nil {
				return err
			}
			continue
		}
		ports = append(ports, port)
	}
	im.m.Inputs = ports
	im.setBatch(ports)
	for i := range ports {
		if err := im.input(&ports[i]); err != nil {
			return fmt.Errorf("input %q: %w", ports[i].Name, err)
		}
	}
	return nil
}

// portOf reads a declaration.
func portOf(vi *pb.ValueInfoProto) (Port, error) {
	p := Port{Name: vi.GetName()}
	tt := vi.GetType().GetTensorType()
	if tt == nil {
		return p, fmt.Errorf("%w: not a dense tensor", fault.ErrUnsupported)
	}
	d, err := dtypeOf(tt.GetElemType())
	if err != nil {
		return p, err
	}
	p.DType = d
	if tt.GetShape() == nil {
		return p, fmt.Errorf("%w: no shape is declared", fault.ErrUnsupported)
	}
	for _, k := range tt.GetShape().GetDim() {
		if v := k.GetDimValue(); v < 0 || v > 1<<40 {
			return p, fmt.Errorf("%w: dimension %d", fault.ErrShape, v)
		}
		d := Dim{-1, k.GetDimParam()}
		if _, ok := k.GetValue().(*pb.TensorShapeProto_Dimension_DimValue); ok {
			d.Size = int(k.GetDimValue())
		}
		p.Dims = append(p.Dims, d)
	}
	if len(p.Dims) > graph.MaxRank {
		return p, fmt.Errorf("%w: rank %d, at most %d", fault.ErrLimit, len(p.Dims), graph.MaxRank)
	}
	return p, nil
}

// setBatch chooses the two batch sizes. The first input's dimension 0 is the batch.
func (im *importer) setBatch(ports []Port) {
	im.n = max(im.o.Batch, 0)
	if len(ports) > 0 && len(ports[0].Dims) > 0 {
		im.m.FixedBatch = max(ports[0].Dims[0].Size, 0)
		if im.n == 0 {
			im.n = im.m.FixedBatch
		}
	}
	im.n = max(im.n, 1)
	im.probe = im.n + 6
	if im.o.Exact {
		im.probe = im.n
	}
}

// input adds one graph input at both batch sizes.
func (im *importer) input(p *Port) error {
	s := make(graph.Shape, len(p.Dims))
	batched := !im.o.Exact && len(s) > 0 && max(p.Dims[0].Size, 0) == im.m.FixedBatch
	for i, d := range p.Dims {
		s[i] = im.extent(p, i, d)
	}
	if batched {
		s[0] = im.n
	}
	for i, k := range s {
		if k < 0 || k == 0 && !im.o.Exact {
			return fmt.Errorf("%w: dimension %d of %v is free or zero; only the batch, height and width may be free", fault.ErrUnsupported, i, *p)
		}
	}
	if _, err := s.CheckedLen(p.DType); err != nil {
		return err
	}
	alt := s.Clone()
	if batched {
		alt[0] = im.probe
	}
	v := im.g.AddInput(p.Name, graph.Type{DType: p.DType, Shape: s}, batched)
	return im.define(&operand{name: p.Name, v: v, alt: alt})
}

// extent is the size of dimension i: the file's, or what the options say about
// the height and width of a picture. -1: free.
func (im *importer) extent(p *Port, i int, d Dim) int {
	spatial := i - 2
	if len(p.Dims) == 4 && channels(p.Dims[3]) && !channels(p.Dims[1]) {
		spatial = i - 1 // N H W C
	}
	if len(p.Dims) != 4 || spatial < 0 || spatial > 1 || im.o.Exact {
		return d.Size
	}
	switch {
	case im.o.ImgSize[spatial] > 0:
		return im.o.ImgSize[spatial]
	case d.Size > 0:
		return d.Size
	case im.o.FreeSize[spatial] > 0:
		return im.o.FreeSize[spatial]
	}
	return freeImage
}

func channels(d Dim) bool { return d.Size == 1 || d.Size == 3 }
