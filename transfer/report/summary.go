package report

import (
	"bytes"
	"encoding/json"
	"math"

	"github.com/gotl-gpu/gotl-gpu/transfer/atomicfile"
	"github.com/gotl-gpu/gotl-gpu/transfer/metrics"
)

// Number is a figure of the files: NaN and infinities are null.
type Number float64

// MarshalJSON implements json.Marshaler.
func (n Number) MarshalJSON() ([]byte, error) {
	if x := float64(n); math.IsNaN(x) || math.IsInf(x, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *Number) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*n = Number(math.NaN())
		return nil
	}
	return json.Unmarshal(b, (*float64)(n))
}

// Unknown is the Number that files show as null.
func Unknown() Number { return Number(math.NaN()) }

// Summary is summary.json, the last file a run writes. Its keys are part of the
// contract; a nil pointer is null.
type Summary struct {
	Version   string       `json:"version"`
	Exit      int          `json:"exit"`
	Scheme    string       `json:"scheme"`
	Device    string       `json:"device"`
	Classes   []string     `json:"classes"`
	Counts    Counts       `json:"counts"`
	Val       *SplitResult `json:"val"`
	Test      *SplitResult `json:"test"`
	BestEpoch *int         `json:"best_epoch"`
	EpochsRun int          `json:"epochs_run"`
	Params    Params       `json:"params"`
	Frozen    *Frozen      `json:"frozen"`
	Parity    *Parity      `json:"parity"`
	Seconds   Seconds      `json:"seconds"`
	ImgPerS   Rates        `json:"img_per_s"`
	PeakRSS   *int64       `json:"peak_rss_bytes"`
	Planned   *int64       `json:"planned_bytes"`
	DeviceMem *int64       `json:"device_bytes"`
}

// Counts are pictures.
type Counts struct {
	Train   int `json:"train"`
	Val     int `json:"val"`
	Test    int `json:"test"`
	Skipped int `json:"skipped"`
}

// SplitResult holds the figures of one split, shares in 0…1.
type SplitResult struct {
	Accuracy Number    `json:"accuracy"`
	Balanced Number    `json:"balanced_accuracy"`
	AUC      Number    `json:"auc"`
	Loss     Number    `json:"loss"`
	Majority Number    `json:"majority"`
	CI95     [2]Number `json:"ci95"` // Wilson interval of accuracy
}

// ResultOf takes the summary's figures from an evaluation; loss is that of the
// program, which is not clipped.
func ResultOf(r *metrics.Result, loss float64) *SplitResult {
	return &SplitResult{
		Accuracy: Number(r.Accuracy), Balanced: Number(r.Balanced), AUC: Number(r.AUC),
		Loss: Number(loss), Majority: Number(r.Majority),
		CI95: [2]Number{Number(r.CI95[0]), Number(r.CI95[1])},
	}
}

// Params are counts of single numbers, not of tensors.
type Params struct {
	Total   int64 `json:"total"`
	Trained int64 `json:"trained"`
}

// Frozen is the proof that frozen tensors did not move.
type Frozen struct {
	Tensors   int  `json:"tensors"`
	Unchanged bool `json:"unchanged"`
}

// Parity compares the exported model with the trained one, picture by picture.
type Parity struct {
	Images      int    `json:"images"`
	LabelsEqual int    `json:"labels_equal"`
	MaxAbs      Number `json:"max_abs_dlogit"`
}

// Seconds are wall-clock times by part.
type Seconds struct {
	Total      Number `json:"total"`
	Decode     Number `json:"decode"`
	PrefixPass Number `json:"prefix_pass"`
	Train      Number `json:"train"`
	Eval       Number `json:"eval"`
	Export     Number `json:"export"`
}

// Rates are pictures per second.
type Rates struct {
	PrefixPass Number `json:"prefix_pass"`
	Train      Number `json:"train"`
}

// WriteSummary writes summary.json. Error: fault.ErrStorage.
func WriteSummary(path string, s *Summary) error {
	c := *s
	if c.Classes == nil {
		c.Classes = []string{}
	}
	return writeJSON(path, &c)
}

func writeJSON(path string, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return err
	}
	return atomicfile.WriteBytes(path, b.Bytes())
}
