package probe

import (
	"fmt"
	"math"

	"golang.org/x/sync/errgroup"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Method predicts the log-probabilities [n K] of test rows from training rows.
type Method func(train, test Data) ([]float64, error)

// ByLinear is the linear probe as a Method.
func ByLinear(train, test Data) ([]float64, error) { return byLinear(train, test, gradientLimit) }

// ByCoarseLinear is ByLinear stopped ten times earlier: its loss is a hundredth off its
// least, and on thousands of features that go together it takes half the time.
func ByCoarseLinear(train, test Data) ([]float64, error) {
	return byLinear(train, test, 10*gradientLimit)
}

func byLinear(train, test Data, limit float64) ([]float64, error) {
	l, err := fitLinear(train, limit)
	if err != nil {
		return nil, err
	}
	return l.LogProbs(test), nil
}

// ByKNN are nearest neighbours as a Method: 0 for the class predicted, -Inf elsewhere.
func ByKNN(train, test Data) ([]float64, error) {
	out := make([]float64, len(test.Labels)*train.Classes)
	for i := range out {
		out[i] = math.Inf(-1)
	}
	for i, c := range KNN(train, test) {
		out[i*train.Classes+c] = 0
	}
	return out, nil
}

// CrossValidate predicts each of k folds from the others and pools the answers, in the
// order of rows; share of the training groups takes part (1: all). Error: fault.ErrData
// if a fold or what is left without it is empty.
func CrossValidate(d Data, r Ranking, k int, share float64, by Method) (logProbs []float64, err error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	fold := r.Folds(k)
	logProbs = make([]float64, len(d.Labels)*d.Classes)
	var g errgroup.Group
	for f := range k {
		var train, test []int
		for i, at := range fold {
			if at == f {
				test = append(test, i)
			} else {
				train = append(train, i)
			}
		}
		if len(test) == 0 || len(train) == 0 {
			return nil, fmt.Errorf("%w: %d rows, %d without fold %d of %d", fault.ErrData, len(d.Labels), len(train), f+1, k)
		}
		g.Go(func() error {
			p, err := by(d.rows(r.share(train, share)), d.rows(test))
			for j, i := range test {
				if err == nil {
					copy(logProbs[i*d.Classes:(i+1)*d.Classes], p[j*d.Classes:(j+1)*d.Classes])
				}
			}
			return err
		})
	}
	return logProbs, g.Wait()
}

// Predicted is the most probable class of each row, the lower index if equal.
func Predicted(logProbs []float64, classes int) []int {
	out := make([]int, len(logProbs)/classes)
	for i := range out {
		for c, p := range logProbs[i*classes : (i+1)*classes] {
			if p > logProbs[i*classes+out[i]] {
				out[i] = c
			}
		}
	}
	return out
}
