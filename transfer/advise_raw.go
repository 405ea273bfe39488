package transfer

import (
	"context"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/resize"
	"github.com/gotl-gpu/gotl-gpu/transfer/probe"
)

// rawSide is the side of the pictures whose pixels are probed.
const rawSide = 32

// raw probes the pixels themselves, reduced to 32x32 and scaled to 0…1: a network whose
// features tell no more than that knows nothing of use here.
func (a *adviser) raw(ctx context.Context) error {
	s, err := a.pixelRows(ctx, a.s.at)
	if err != nil {
		return err
	}
	d := probe.Data{X: s.depths[0].rows, Dim: s.depths[0].dim, Labels: s.labels, Classes: len(a.data.Classes)}
	if len(s.at) != len(a.s.at) { // a picture was lost in between
		return nil
	}
	a.out.RawPixels, a.rawRight, err = a.outOfFold(d, 1, probe.ByCoarseLinear)
	return err
}

// pixelRows is a survey of the pixels of samples.
func (j *job) pixelRows(ctx context.Context, at []int) (*survey, error) {
	pre, err := dataset.Preset("unit", resize.Squash)
	if err != nil {
		return nil, err
	}
	pre.Resize.Size, pre.Crop, pre.Exif = rawSide, [2]int{rawSide, rawSide}, j.pre.Exif
	g := graph.New()
	in := g.AddInput("pixels", graph.Type{DType: graph.Float32, Shape: graph.Shape{j.set.Batch, 3, rawSide, rawSide}}, true)
	flat, err := g.Add1("rows", graph.Flatten{Axis: 1}, in)
	if err != nil {
		return nil, err
	}
	g.Outputs = []*graph.Value{flat}
	p := *j
	p.pre, p.decoded = pre, nil
	return p.surveyOf(ctx, &surveyed{graph: g, names: []string{"rows"}, depths: []depth{{name: "pixels", dim: flat.Shape[1]}}}, at)
}
