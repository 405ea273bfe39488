package transfer

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// choices are the settings with a fixed list of values. Grammars (freeze, sched,
// head, ema, group-by) are read where they are used.
var choices = map[string][]string{
	"data-format":   {"auto", "imagefolder", "csv", "jsonl"},
	"class-order":   {"bytes", "natural"},
	"class-from":    {"top", "leaf"},
	"scheme":        {"auto", "direct", "features", "finetune", "scratch"},
	"opt":           {"adamw", "adam", "sgd"},
	"reinsert-bn":   {"auto", "off"},
	"bn":            {"auto", "affine", "train", "frozen"},
	"cache":         {"auto", "none", "decoded", "activations", "features", "all"},
	"decode":        {"auto", "exact", "scaled"},
	"aug":           {"none", "basic"},
	"class-weights": {"auto", "none", "balanced"},
	"sampler":       {"shuffle", "balanced"},
	"metric":        {"balanced_accuracy", "accuracy", "auc", "f1", "loss"},
	"precision":     {"fp32", "bf16"},
	"split-mode":    {"hash", "blocks"},
	"exif":          {"apply", "ignore"},
	"resize":        {"auto", "onnx", "torchvision", "squash"},
}

// span is a closed interval; open excludes its upper end.
type span struct {
	lo, hi float64
	open   bool
}

var positive = span{lo: 0, hi: math.MaxInt32}

// spans are the settings with a range.
var spans = map[string]span{
	"epochs": positive, "frozen-epochs": positive, "imgsz": {lo: 0, hi: 8192}, "batch": {lo: 1, hi: 1 << 16},
	"lr": {lo: 0, hi: 1e6}, "lr-mult": {lo: 1e-6, hi: 1e6}, "layer-decay": {lo: 0, hi: 1},
	"tune-lr": {lo: 0, hi: 1e6}, "beta2": {hi: 1, open: true}, "eps": {lo: 0, hi: 1},
	"momentum": {hi: 1, open: true}, "warmup-epochs": positive, "clip": positive, "cache-views": {lo: 0, hi: 1000},
	"label-smoothing": {hi: 1, open: true}, "seeds": {lo: 1, hi: 100}, "patience": positive, "workers": {lo: 0, hi: 1024},
	"val-split": {hi: 1, open: true}, "test-split": {hi: 1, open: true}, "max-bad": {hi: 1}, "assert-accuracy": {hi: 1},
	"abstain-below": {hi: 1}, "target-error": {hi: 1},
	"time-limit": {hi: math.MaxInt64}, "term-budget": {hi: math.MaxInt64},
}

// checkValues refuses values outside the lists and ranges above.
func (r *resolver) checkValues() error {
	for _, f := range r.keys.fields {
		if err := f.check(r.dst.FieldByIndex(f.index)); err != nil {
			return fault.New(fault.ErrUsage, fmt.Sprintf("%s: %v", f.Name, err), r.origins[f.Name],
				"given: "+f.text(r.dst.FieldByIndex(f.index)), f.Help)
		}
	}
	return nil
}

// checkTogether refuses values that fit alone but not together.
func (s Settings) checkTogether(o Origins) error {
	if s.ValSplit+s.TestSplit >= 1 {
		return fault.New(fault.ErrUsage, "nothing is left for training", "--val-split, --test-split",
			fmt.Sprintf("%g + %g of the pictures", s.ValSplit, s.TestSplit), "make the shares smaller")
	}
	if s.WD < 0 && s.WD != -1 {
		return fault.New(fault.ErrUsage, "wd: negative", o["wd"], fmt.Sprintf("given: %g", s.WD), "0 or more; -1: automatic")
	}
	return nil
}

func (f Field) check(v reflect.Value) error {
	if list, ok := choices[f.Name]; ok && v.Kind() == reflect.String && !slices.Contains(list, v.String()) {
		err := fmt.Errorf("%q is not one of %s", v.String(), strings.Join(list, ", "))
		if near := Nearest(v.String(), list); near != "" {
			err = fmt.Errorf("%w; did you mean %q?", err, near)
		}
		return err
	}
	r, ok := spans[f.Name]
	if !ok || !v.CanInt() && !v.CanFloat() {
		return nil
	}
	x := number(v)
	if x < r.lo || x > r.hi || r.open && x == r.hi {
		return fmt.Errorf("out of range %v", r)
	}
	return nil
}

func number(v reflect.Value) float64 {
	if v.CanInt() {
		return float64(v.Int())
	}
	return v.Float()
}

func (r span) String() string {
	end := "]"
	if r.open {
		end = ")"
	}
	switch {
	case r.lo == math.SmallestNonzeroFloat64:
		return fmt.Sprintf("(0, %g]", r.hi)
	case r.hi >= math.MaxInt32:
		return fmt.Sprintf("[%g, …)", r.lo)
	}
	return fmt.Sprintf("[%g, %g%s", r.lo, r.hi, end)
}
