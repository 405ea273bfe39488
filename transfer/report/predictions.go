package report

import (
	"fmt"
	"math"
	"strconv"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/metrics"
)

// Predictions are the answers for one split.
type Predictions struct {
	Classes []string
	Paths   []string  // [N]
	Labels  []int     // [N] true class; -1: not known
	Probs   []float32 // [N K] row-major
	Loss    []float64 // [N] per picture; nil: -ln p of the true class
}

// WritePredictions writes predictions_val.csv: path,true,pred,p_<class>…,loss.
// An unknown true class leaves true and loss empty.
func WritePredictions(path string, p *Predictions) error {
	if err := p.check(); err != nil {
		return err
	}
	head := []string{"path", "true", "pred"}
	for _, c := range p.Classes {
		head = append(head, "p_"+c)
	}
	pred := metrics.Argmax(p.Probs, len(p.Classes))
	return writeCSV(path, append(head, "loss"), len(p.Paths), func(i int) []string { return p.row(i, pred[i]) })
}

func (p *Predictions) row(i, pred int) []string {
	k, name := len(p.Classes), ""
	if p.Labels[i] >= 0 {
		name = p.Classes[p.Labels[i]]
	}
	row := []string{p.Paths[i], name, p.Classes[pred]}
	for _, x := range p.Probs[i*k : (i+1)*k] {
		row = append(row, strconv.FormatFloat(float64(x), 'g', -1, 32))
	}
	return append(row, cell(p.loss(i)))
}

func (p *Predictions) loss(i int) float64 {
	switch {
	case p.Labels[i] < 0:
		return math.NaN()
	case p.Loss != nil:
		return p.Loss[i]
	}
	return metrics.PictureLoss(p.Probs[i*len(p.Classes)+p.Labels[i]])
}

func (p *Predictions) check() error {
	n, k := len(p.Paths), len(p.Classes)
	if k == 0 || len(p.Labels) != n || len(p.Probs) != n*k || p.Loss != nil && len(p.Loss) != n {
		return fmt.Errorf("%w: predictions: %d paths, %d labels, %d probabilities, %d losses, %d classes",
			fault.ErrInternal, n, len(p.Labels), len(p.Probs), len(p.Loss), k)
	}
	for i, y := range p.Labels {
		if y < -1 || y >= k {
			return fmt.Errorf("%w: predictions: label %d of picture %d, %d classes", fault.ErrInternal, y, i, k)
		}
	}
	return nil
}
