package transfer

import (
	"context"
	"errors"
	"time"
)

// settle chooses the scheme of --scheme auto by measuring. Whoever freezes parts of the
// network wants to fine-tune it.
func (j *job) settle(ctx context.Context) error {
	if j.set.Freeze != "auto" || j.set.TrainOnly != "" || j.set.BN != "auto" {
		return j.choose("finetune", "")
	}
	defer j.timed("advice", time.Now())
	m, err := j.advise(ctx, adviceOptions{})
	if errors.Is(err, errFewGroups) {
		j.sink(Advised{Scheme: "features", Reasons: []string{"too few pictures to measure more"}})
		return j.choose("features", "")
	}
	if err != nil {
		return err
	}
	j.advised = m
	j.sink(Advised{Scheme: m.Scheme, HeadNode: m.HeadNode, Reasons: m.Reasons})
	return j.choose(m.Scheme, m.HeadNode)
}

// choose makes scheme and cut those of the run, as if they had been given: a resumed
// run takes them from its configuration.
func (j *job) choose(scheme, headNode string) error {
	side := j.pictureSide()
	j.scheme, j.set.Scheme = scheme, scheme
	if j.pictureSide() != side { // the scheme's passes decide on it
		if err := j.decoded.Close(); err != nil {
			return err
		}
		j.decoded = j.openPixels()
	}
	if j.origins == nil {
		j.origins = Origins{}
	}
	j.origins["scheme"] = "advice"
	if headNode == "" || headNode == j.set.HeadNode {
		return nil
	}
	j.set.HeadNode, j.origins["head-node"] = headNode, "advice"
	return j.openNet()
}
