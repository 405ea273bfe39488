package transfer

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/atomicfile"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
	"github.com/gotl-gpu/gotl-gpu/transfer/metrics"
	"github.com/gotl-gpu/gotl-gpu/transfer/report"
)

// risks are the error rates whose coverage is told.
var risks = []float64{.01, .02, .05}

// Calibration is calibration.json: how far confidences can be believed, before and
// after division of the logits by the temperature that fits the pictures judged on.
type Calibration struct {
	Temperature float64       `json:"temperature"`
	ECEBefore   report.Number `json:"ece_before"`
	ECEAfter    report.Number `json:"ece_after"`
	Bins        []metrics.Bin `json:"bins_after"`
	Risk        []Answered    `json:"risk_coverage"`
	Abstain     *Answered     `json:"abstain,omitempty"` // --abstain-below or --target-error
}

// Answered is a share of pictures that is answered at a confidence, the rest being
// left to people. Confidences are those after the temperature.
type Answered struct {
	At        report.Number `json:"at"` // the error asked for, or the threshold given
	Threshold report.Number `json:"threshold"`
	Coverage  report.Number `json:"coverage"`
	Error     report.Number `json:"error"`
	Upper     report.Number `json:"error_upper_95"`
}

func answered(at float64, c metrics.Coverage) Answered {
	return Answered{report.Number(at), report.Number(c.Threshold), report.Number(c.Share()), report.Number(c.Error), report.Number(c.Upper)}
}

// calibrate fits the temperature unless one is given (0: none).
func calibrate(logits []float32, labels []int, k int, given, abstainBelow, targetError float64) *Calibration {
	c := &Calibration{Temperature: given}
	if given == 0 {
		c.Temperature = metrics.Temperature(logits, labels, k)
	}
	before, _ := metrics.ECE(metrics.Softmax(logits, k, 1), labels, k)
	p := metrics.Softmax(logits, k, c.Temperature)
	after, bins := metrics.ECE(p, labels, k)
	c.ECEBefore, c.ECEAfter, c.Bins = report.Number(before), report.Number(after), bins
	for _, r := range risks {
		c.Risk = append(c.Risk, answered(r, metrics.RiskAt(p, labels, k, r)))
	}
	switch {
	case abstainBelow > 0:
		a := answered(abstainBelow, metrics.AbstainBelow(p, labels, k, abstainBelow))
		c.Abstain = &a
	case targetError > 0:
		a := answered(targetError, metrics.TargetError(p, labels, k, targetError))
		c.Abstain = &a
	}
	return c
}

// Text is a line for people.
func (c *Calibration) Text() string {
	s := fmt.Sprintf("calibration error %.3f, %.3f at temperature %.2f", c.ECEBefore, c.ECEAfter, c.Temperature)
	if a := c.Abstain; a != nil {
		if math.IsInf(float64(a.Threshold), 1) {
			return s + "; no confidence reaches the error asked for: nothing would be answered"
		}
		s += fmt.Sprintf("; from confidence %.3f on %.1f %% are answered, %.1f %% of them wrong (at most %.1f %%)",
			a.Threshold, 100*a.Coverage, 100*a.Error, 100*a.Upper)
	}
	return s
}

// logOf makes logits of probabilities.
func logOf(probs []float32) []float32 {
	out := make([]float32, len(probs))
	for i, p := range probs {
		out[i] = float32(math.Log(max(float64(p), 1e-30)))
	}
	return out
}

// byGroup reports the samples at by the columns of --groups; nil without.
func byGroup(set *dataset.Set, spec string, at []int, probs []float32, labels []int) (*metrics.GroupReport, error) {
	if spec == "" {
		return nil, nil
	}
	columns, err := set.Columns(spec)
	if err != nil {
		return nil, err
	}
	of := map[string][]string{}
	for c, all := range columns {
		for _, i := range at {
			of[c] = append(of[c], all[i])
		}
	}
	return metrics.ByGroup(probs, labels, len(set.Classes), of)
}

// checkJudgement refuses settings that exclude each other.
func checkJudgement(abstainBelow, targetError float64) error {
	if abstainBelow > 0 && targetError > 0 {
		return fault.New(fault.ErrUsage, "--abstain-below and --target-error exclude each other", "both are given",
			"one names the confidence, the other finds it", "give one of them")
	}
	return nil
}

// writeJudgement writes calibration.json, top_losses.csv and, with --groups, groups.csv.
func (j *job) writeJudgement(val *evaluation) error {
	b, err := json.MarshalIndent(j.calibration(val), "", "  ")
	if err != nil {
		return err
	}
	if err := atomicfile.WriteBytes(j.dir.file("calibration.json"), append(b, '\n')); err != nil {
		return err
	}
	if err := report.WriteTopLosses(j.dir.file("top_losses.csv"), &report.Predictions{Classes: j.data.Classes, Paths: j.paths(val.at),
		Labels: val.labels, Probs: val.probs}); err != nil {
		return err
	}
	g, err := byGroup(j.data, j.set.Groups, val.at, val.probs, val.labels)
	if err != nil || g == nil {
		return err
	}
	if g.Caution {
		j.sink(Warning{Text: fmt.Sprintf("accuracy differs by %.1f points between %s and %s", 100*g.Gap, g.Worst, g.Best)})
	}
	return report.WriteGroups(j.dir.file("groups.csv"), g)
}

func (j *job) calibration(val *evaluation) *Calibration {
	return calibrate(val.logits, val.labels, len(j.data.Classes), 0, j.set.AbstainBelow, j.set.TargetError)
}
