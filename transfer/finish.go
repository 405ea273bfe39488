package transfer

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
	"github.com/gotl-gpu/gotl-gpu/transfer/report"
)

// finish exports the best weights, judges the export and writes the reports.
func (j *job) finish(ctx context.Context) (*report.Summary, error) {
	net, err := j.fullNet()
	if err != nil {
		return nil, err
	}
	if j.set.Precision != "fp32" { // figures are those of the exported model
		if j.judged, err = j.judgeOn(ctx, net, j.valAt); err != nil {
			return nil, err
		}
	}
	val := j.judged
	sum := j.summary(val)
	if testAt := j.data.Indices(dataset.Test); len(testAt) > 0 {
		test, err := j.judgeOn(ctx, net, testAt)
		if err != nil {
			return nil, err
		}
		sum.Test = report.ResultOf(test.Result, test.LogLoss)
	}
	proof, err := j.frozenProof(net)
	if err != nil {
		return nil, err
	}
	var late error // files are written although a check fails; the failure decides the exit
	if j.set.Export {
		if sum.Parity, late = j.export(ctx, val, proof); late != nil && fault.ClassOf(late) != fault.Parity {
			return nil, late
		}
	}
	sum.Frozen = &report.Frozen{Tensors: proof.tensors, Unchanged: true}
	if err := j.writeReports(val); err != nil {
		return nil, err
	}
	if err := j.writeCard(sum, val); err != nil {
		return nil, err
	}
	if late == nil {
		gates, _ := parseGates(&j.set) // checked at the start
		late = checkGates(gates, val.Result)
	}
	return sum, j.writeSummary(sum, late)
}

// writeSummary completes and writes summary.json, the last file of a run.
func (j *job) writeSummary(sum *report.Summary, late error) error {
	sum.Exit = fault.ExitCode(late)
	sum.Seconds = j.partTimes()
	rss := peakRSS()
	sum.PeakRSS = &rss
	if err := report.WriteSummary(j.dir.file("summary.json"), sum); err != nil {
		return err
	}
	j.sink(Finished{Summary: sum, Text: j.closing(sum), RunDir: j.where()})
	return late
}

func (j *job) partTimes() report.Seconds {
	sec := func(part string) report.Number { return report.Number(j.seconds[part].Seconds()) }
	return report.Seconds{Total: report.Number(time.Since(j.began).Seconds()), Decode: sec("decode"), PrefixPass: sec("prefix_pass"),
		Train: sec("train"), Eval: sec("eval"), Export: sec("export")}
}

// judgeOn evaluates net on samples at in inference form and float32, as it is exported.
func (j *job) judgeOn(ctx context.Context, net *graph.Graph, at []int) (*evaluation, error) {
	defer j.timed("eval", time.Now())
	net = judged(net)
	feed, err := j.pixels(net, at, fixedView(j.pre.View()), false)
	if err != nil {
		return nil, err
	}
	ev, err := newEvaluator(graph.FullPrecision(j.backend), net, nil, j.data, at, feed)
	if err != nil {
		return nil, err
	}
	defer ev.close()
	return ev.run(ctx, nil)
}

func (j *job) summary(val *evaluation) *report.Summary {
	best, trained := j.at.Stop.Best.Epoch, int64(0)
	for _, t := range j.best {
		trained += int64(t.Len())
	}
	s := &report.Summary{Version: Version, Scheme: j.scheme, Device: j.backend.Name(), Classes: j.data.Classes,
		Counts: report.Counts{Train: len(j.trainAt), Val: len(j.valAt), Test: len(j.data.Indices(dataset.Test)), Skipped: len(j.skipped())},
		Val:    report.ResultOf(val.Result, val.LogLoss), BestEpoch: &best, EpochsRun: len(j.at.Rows),
		Params: report.Params{Total: j.totalParams(), Trained: trained}, Planned: &j.plannedB,
		ImgPerS: report.Rates{PrefixPass: j.passRate(), Train: j.trainRate()}}
	return s
}

func (j *job) totalParams() int64 {
	n := countParams(j.body)
	for _, l := range j.head.layers {
		n += int64(l.w.Len() + l.b.Len())
	}
	return n
}

// passRate is the pictures a second through frozen parts, unknown if all was cached.
func (j *job) passRate() report.Number {
	if j.passed == 0 {
		return report.Unknown()
	}
	return report.Number(rateOf(j.passed, j.seconds["prefix_pass"]))
}

// trainRate is the mean of the rates of the last phase's epochs.
func (j *job) trainRate() report.Number {
	sum, n := 0.0, 0
	for _, r := range j.at.Rows {
		if r.Phase == j.at.Phase {
			sum, n = sum+r.ImgPerSec, n+1
		}
	}
	if n == 0 {
		return report.Unknown()
	}
	return report.Number(sum / float64(n))
}

// writeReports writes the tables and pictures of the run.
func (j *job) writeReports(val *evaluation) error {
	f, err := os.Open(j.dir.file(resultsFile))
	if err != nil {
		return fault.New(fault.ErrStorage, "report not written", resultsFile, errText(err), "")
	}
	defer f.Close()
	rows, err := report.ReadResults(f)
	if err != nil {
		return err
	}
	cls := j.data.Classes
	val.BootstrapF1(val.labels, j.set.Seed)
	for _, write := range []func() error{
		func() error { return report.WriteResultsPNG(j.dir.file("results.png"), rows) },
		func() error { return report.WriteConfusionPNG(j.dir.file("confusion_matrix.png"), cls, val.Confusion) },
		func() error { return report.WriteConfusionCSV(j.dir.file("confusion_matrix.csv"), cls, val.Confusion) },
		func() error { return report.WritePerClassCSV(j.dir.file("per_class.csv"), cls, val.Classes) },
		func() error {
			return report.WritePredictions(j.dir.file("predictions_val.csv"), &report.Predictions{Classes: cls, Paths: j.paths(val.at),
				Labels: val.labels, Probs: val.probs})
		},
		func() error { return j.writeJudgement(val) },
		func() error { return dataset.WriteSkipped(j.dir.file("skipped.jsonl"), j.skipped()) },
	} {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

// paths names samples.
func (j *job) paths(at []int) []string {
	out := make([]string, len(at))
	for k, i := range at {
		out[k] = j.data.Samples[i].Path
	}
	return out
}

// skipped are the pictures left out by the scan and those that failed to decode.
func (j *job) skipped() []dataset.Skip { return append(slices.Clone(j.data.Skipped), j.bad...) }

// skip notes pictures that failed to decode, each once.
func (j *job) skip(bad []dataset.Skip) {
	for _, b := range bad {
		if !slices.ContainsFunc(j.bad, func(k dataset.Skip) bool { return k.Path == b.Path }) {
			j.bad = append(j.bad, b)
		}
	}
}

// closing is what a person reads at the end.
func (j *job) closing(s *report.Summary) string {
	var b strings.Builder
	v := s.Val
	fmt.Fprintf(&b, "best epoch %d  bal_acc %.3f  accuracy %.3f (95 %% CI %.3f-%.3f)  auc %.3f  majority baseline %.3f\n",
		*s.BestEpoch, v.Balanced, v.Accuracy, v.CI95[0], v.CI95[1], v.AUC, v.Majority)
	fmt.Fprintf(&b, "frozen  %d/%d tensors unchanged", s.Frozen.Tensors, s.Frozen.Tensors)
	if p := s.Parity; p != nil {
		fmt.Fprintf(&b, "   parity %d/%d labels, |dlogit| <= %.1e  ort: not checked", p.LabelsEqual, p.Images, p.MaxAbs)
	}
	fmt.Fprintf(&b, "\nwritten %s", j.where())
	if warn := worseThanBaseline(s); warn != "" {
		b.WriteString("\n" + warn)
	}
	return b.String()
}

func worseThanBaseline(s *report.Summary) string {
	if float64(s.Val.Accuracy) > float64(s.Val.Majority) {
		return ""
	}
	return "warning: not better than always answering the most frequent class"
}
