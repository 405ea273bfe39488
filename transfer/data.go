package transfer

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
)

// openData scans and splits the pictures as the settings say.
func openData(ctx context.Context, s *Settings) (*dataset.Set, error) {
	if s.Data == "" {
		return nil, fault.New(fault.ErrUsage, "no data given", "", "", "gotl-gpu finetune FOLDER --model NET.onnx")
	}
	classes, err := classList(s.Classes)
	if err != nil {
		return nil, err
	}
	o := dataset.Options{Path: s.Data, Format: s.DataFormat, Root: s.Root, LabelCol: s.LabelCol, ClassFrom: classFrom(s.ClassFrom),
		ClassOrder: s.ClassOrder, Classes: classes, GroupBy: s.GroupBy, AllowLeak: s.AllowLeak, MaxBad: s.MaxBad, Strict: s.Strict,
		Workers: s.Workers}
	set, err := dataset.Scan(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := set.Split(dataset.SplitOptions{Val: s.ValSplit, Test: s.TestSplit, Seed: s.Seed, Mode: s.SplitMode}); err != nil {
		return nil, err
	}
	return set, enough(set, s.Data)
}

func classFrom(s string) string {
	if s == "top" {
		return "first"
	}
	return s
}

// classList reads "a,b" or a file with one class a line.
func classList(s string) ([]string, error) {
	if s == "" {
		return nil, nil
	}
	if st, err := os.Stat(s); err == nil && st.Mode().IsRegular() {
		b, err := os.ReadFile(s)
		if err != nil {
			return nil, fault.New(fault.ErrUsage, "class list not readable", s, errText(err), "")
		}
		return strings.FieldsFunc(string(b), func(r rune) bool { return r == '\n' || r == '\r' }), nil
	}
	return strings.Split(s, ","), nil
}

// enough checks that there are two classes and pictures to train and judge by.
func enough(set *dataset.Set, path string) error {
	train, val := len(set.Indices(dataset.Train)), len(set.Indices(dataset.Val))
	switch {
	case len(set.Classes) < 2:
		return fault.New(fault.ErrData, "at least two classes are needed", path, fmt.Sprintf("found %d: %v", len(set.Classes), set.Classes),
			"put the pictures of each class into a folder of its own")
	case train == 0 || val == 0:
		return fault.New(fault.ErrData, "training and validation pictures are needed", path,
			fmt.Sprintf("%d for training, %d for validation", train, val), "add pictures, or change --val-split")
	}
	for c, n := range set.Counts(dataset.Train) {
		if n == 0 {
			return fault.New(fault.ErrData, "a class has no training pictures", path, fmt.Sprintf("class %q", set.Classes[c]),
				"add pictures of it to the training split, or leave the class out with --classes")
		}
	}
	return nil
}
