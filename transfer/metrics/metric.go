package metrics

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Metric names the figure that epochs are compared by (--metric).
type Metric string

// The metrics. Higher is better for all but Loss.
const (
	Balanced Metric = "balanced_accuracy"
	Accuracy Metric = "accuracy"
	AUCValue Metric = "auc"
	F1       Metric = "f1" // macro
	Loss     Metric = "loss"
)

var allMetrics = []Metric{Balanced, Accuracy, AUCValue, F1, Loss}

// ParseMetric accepts the names above. Error: fault.ErrUsage.
func ParseMetric(s string) (Metric, error) {
	if m := Metric(strings.ToLower(s)); slices.Contains(allMetrics, m) {
		return m, nil
	}
	return "", fault.New(fault.ErrUsage, "unknown metric", "--metric "+s,
		fmt.Sprintf("known: %v", allMetrics), "--metric balanced_accuracy")
}

// Score returns the figure of r, higher better (the loss is negated).
func (r *Result) Score(m Metric) float64 {
	switch m {
	case Accuracy:
		return r.Accuracy
	case AUCValue:
		return r.AUC
	case F1:
		return r.MacroF1
	case Loss:
		return -r.LogLoss
	default:
		return r.Balanced
	}
}
