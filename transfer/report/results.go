package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// resultsColumns are Ultralytics' names; the order is part of the contract.
var resultsColumns = []string{"epoch", "time", "train/loss", "val/loss", "metrics/accuracy_top1",
	"metrics/accuracy_top5", "metrics/balanced_accuracy", "metrics/auc", "lr/pg0", "lr/pg1"}

// Epoch is one row of results.csv.
type Epoch struct {
	Epoch              int     // from 1, counted through both phases
	Time               float64 // seconds since the run began
	TrainLoss, ValLoss float64
	Top1, Top5         float64 // validation accuracy, 0…1
	Balanced, AUC      float64
	LRHead, LRDeepest  float64 // pg0, pg1: rates of the first and the last group
}

// ResultsHeader is the first line of results.csv.
func ResultsHeader() string { return strings.Join(resultsColumns, ",") + "\n" }

// Append writes the row as one line in one Write.
func (e *Epoch) Append(w io.Writer) error {
	cells := []string{strconv.Itoa(e.Epoch)}
	for _, x := range e.numbers() {
		cells = append(cells, cell(*x))
	}
	_, err := io.WriteString(w, strings.Join(cells, ",")+"\n")
	return err
}

// numbers are the columns after the first, in order.
func (e *Epoch) numbers() []*float64 {
	return []*float64{&e.Time, &e.TrainLoss, &e.ValLoss, &e.Top1, &e.Top5, &e.Balanced, &e.AUC, &e.LRHead, &e.LRDeepest}
}

// cell prints the shortest text that reads back as x, nothing for NaN.
func cell(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// ReadResults reads results.csv back, as a resumed run does for its picture.
// Error: fault.ErrData with the line.
func ReadResults(r io.Reader) ([]Epoch, error) {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("results.csv: %w: %w", fault.ErrData, err)
	}
	if len(rows) == 0 || !slices.Equal(rows[0], resultsColumns) {
		return nil, fmt.Errorf("results.csv:1: %w: other columns", fault.ErrData)
	}
	out := make([]Epoch, len(rows)-1)
	for i, row := range rows[1:] {
		if err := out[i].parse(row); err != nil {
			return nil, fmt.Errorf("results.csv:%d: %w: %w", i+2, fault.ErrData, err)
		}
	}
	return out, nil
}

func (e *Epoch) parse(row []string) (err error) {
	if e.Epoch, err = strconv.Atoi(row[0]); err != nil {
		return err
	}
	for i, x := range e.numbers() {
		*x = math.NaN()
		if row[i+1] == "" {
			continue
		}
		if *x, err = strconv.ParseFloat(row[i+1], 64); err != nil {
			return err
		}
	}
	return nil
}
