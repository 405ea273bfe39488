package report

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"github.com/gotl-gpu/gotl-gpu/transfer/metrics"
)

// WriteGroups writes groups.csv: a row per group, then per intersection. Figures of
// groups with fewer than 30 pictures stand beside the remark "too few".
func WriteGroups(path string, r *metrics.GroupReport) error {
	rows := append(slices.Clone(r.Groups), r.Intersections...)
	head := []string{"group", "n", "accuracy", "accuracy_low", "accuracy_high", "balanced_accuracy", "auc", "remark"}
	return writeCSV(path, head, len(rows), func(i int) []string {
		g := rows[i]
		remark := ""
		switch {
		case g.Few:
			remark = "too few"
		case g.Name == r.Worst && r.Caution:
			remark = "worst"
		}
		return []string{g.Name, strconv.Itoa(g.N), cell(g.Accuracy), cell(g.CI95[0]), cell(g.CI95[1]), cell(g.Result.Balanced), cell(g.Result.AUC), remark}
	})
}

// topLosses is the length of top_losses.csv.
const topLosses = 100

// WriteTopLosses writes top_losses.csv: the pictures that the classifier was most
// certainly wrong about, the worst first; loss is -ln p of the true class.
func WriteTopLosses(path string, p *Predictions) error {
	k := len(p.Classes)
	order, loss := make([]int, len(p.Labels)), make([]float64, len(p.Labels))
	for i, y := range p.Labels {
		order[i], loss[i] = i, -math.Log(max(float64(p.Probs[i*k+y]), 1e-30))
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(loss[b], loss[a]) })
	pred := metrics.Argmax(p.Probs, k)
	return writeCSV(path, []string{"path", "true", "pred", "p_true", "loss"}, min(topLosses, len(order)), func(at int) []string {
		i := order[at]
		return []string{p.Paths[i], p.Classes[p.Labels[i]], p.Classes[pred[i]], cell(float64(p.Probs[i*k+p.Labels[i]])), cell(loss[i])}
	})
}
