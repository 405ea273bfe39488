package transfer

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/metrics"
)

// gate is a quality bar of the user's.
type gate struct {
	metric metrics.Metric
	least  float64
}

// parseGates reads --assert-accuracy and --assert-metric NAME=VALUE.
func parseGates(s *Settings) ([]gate, error) {
	var gs []gate
	if s.AssertAccuracy > 0 {
		gs = append(gs, gate{metrics.Accuracy, s.AssertAccuracy})
	}
	if s.AssertMetric == "" {
		return gs, nil
	}
	name, value, ok := strings.Cut(s.AssertMetric, "=")
	x, err := strconv.ParseFloat(value, 64)
	if !ok || err != nil {
		return nil, fault.New(fault.ErrUsage, "bar not understood", "--assert-metric "+s.AssertMetric, "want METRIC=VALUE", "--assert-metric auc=0.95")
	}
	m, err := metrics.ParseMetric(name)
	return append(gs, gate{m, x}), err
}

// checkGates returns fault.ErrGate for the first bar that r misses. A bar on the
// loss is an upper one.
func checkGates(gs []gate, r *metrics.Result) error {
	for _, g := range gs {
		got, bar := r.Score(g.metric), g.least
		if g.metric == metrics.Loss {
			bar = -bar
		}
		if !(got >= bar) {
			return fault.New(fault.ErrGate, fmt.Sprintf("%s misses its bar", g.metric), "validation pictures",
				fmt.Sprintf("reached %.4f, wanted %.4f", abs(got), g.least), "the model is written; more data or epochs may help")
		}
	}
	return nil
}

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}
