package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/atomicfile"
	"github.com/gotl-gpu/gotl-gpu/transfer/metrics"
)

// WriteConfusionCSV writes confusion_matrix.csv: a row per true class, a column
// per predicted one, pictures.
func WriteConfusionCSV(path string, classes []string, confusion [][]int) error {
	if err := square(classes, confusion); err != nil {
		return err
	}
	return writeCSV(path, append([]string{`true\predicted`}, classes...), len(classes), func(i int) []string {
		row := []string{classes[i]}
		for _, n := range confusion[i] {
			row = append(row, strconv.Itoa(n))
		}
		return row
	})
}

// WritePerClassCSV writes per_class.csv: precision and recall with their Wilson
// 95 % intervals, F1 with that of a bootstrap, support (pictures).
func WritePerClassCSV(path string, classes []string, per []metrics.Class) error {
	if len(classes) != len(per) {
		return fmt.Errorf("%w: %d class names, %d classes", fault.ErrInternal, len(classes), len(per))
	}
	head := []string{"class", "support", "predicted", "correct", "precision", "precision_low", "precision_high",
		"recall", "recall_low", "recall_high", "f1", "f1_low", "f1_high"}
	return writeCSV(path, head, len(per), func(i int) []string {
		c, f1 := per[i], [2]float64{math.NaN(), math.NaN()}
		if per[i].F1CI95 != nil {
			f1 = *per[i].F1CI95
		}
		row := []string{classes[i], strconv.Itoa(c.Support), strconv.Itoa(c.Predicted), strconv.Itoa(c.Correct)}
		for _, x := range []float64{c.Precision, c.PrecisionCI95[0], c.PrecisionCI95[1],
			c.Recall, c.RecallCI95[0], c.RecallCI95[1], c.F1, f1[0], f1[1]} {
			row = append(row, cell(x))
		}
		return row
	})
}

func square(classes []string, m [][]int) error {
	ok := len(m) == len(classes)
	for _, row := range m {
		ok = ok && len(row) == len(classes)
	}
	if !ok {
		return fmt.Errorf("%w: confusion matrix of %d rows for %d classes", fault.ErrInternal, len(m), len(classes))
	}
	return nil
}

// writeCSV writes a header and n rows. Names may hold commas, quotes, newlines.
func writeCSV(path string, head []string, n int, row func(i int) []string) error {
	return atomicfile.WriteFile(path, func(w io.Writer) error {
		c := csv.NewWriter(w)
		if err := c.Write(head); err != nil {
			return err
		}
		for i := range n {
			if err := c.Write(row(i)); err != nil {
				return err
			}
		}
		c.Flush()
		return c.Error()
	})
}
