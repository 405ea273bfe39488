package transfer

import (
	"os"
	"time"

	"github.com/gotl-gpu/gotl-gpu/transfer/atomicfile"
	"github.com/gotl-gpu/gotl-gpu/transfer/checkpoint"
	"github.com/gotl-gpu/gotl-gpu/transfer/report"
)

// runLogs are the files a run appends to. A resumed run cuts them back to where
// they stood at the checkpoint.
type runLogs struct{ results, metrics *atomicfile.Log }

const (
	resultsFile = "results.csv"
	metricsFile = "metrics.jsonl"
)

func openLogs(d *rundir, resume *checkpoint.State) (*runLogs, error) {
	l := &runLogs{}
	for _, f := range []struct {
		name string
		log  **atomicfile.Log
	}{{resultsFile, &l.results}, {metricsFile, &l.metrics}} {
		log, err := atomicfile.OpenLog(d.file(f.name))
		if err != nil {
			l.close()
			return nil, err
		}
		*f.log = log
		var at int64
		if resume != nil {
			at = resume.Meta.Logs[f.name]
		}
		if err := log.TruncateTo(at); err != nil {
			l.close()
			return nil, err
		}
	}
	if l.results.Offset() == 0 {
		if _, err := l.results.Write([]byte(report.ResultsHeader())); err != nil {
			l.close()
			return nil, err
		}
	}
	return l, nil
}

func (l *runLogs) sync() error {
	for _, log := range []*atomicfile.Log{l.results, l.metrics} {
		if _, err := log.Sync(); err != nil {
			return err
		}
	}
	return nil
}

func (l *runLogs) offsets() map[string]int64 {
	return map[string]int64{resultsFile: l.results.Offset(), metricsFile: l.metrics.Offset()}
}

func (l *runLogs) close() {
	for _, log := range []*atomicfile.Log{l.results, l.metrics} {
		if log != nil {
			log.Close()
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// step implements keeper: a line of metrics.jsonl.
func (j *job) step(s stepRecord) error {
	j.steps++
	ms := func(d time.Duration) report.Number { return report.Number(float64(d.Microseconds()) / 1e3) }
	r := report.Step{Step: j.steps, Epoch: j.rows + 1, Loss: report.Number(s.loss), LR: report.Number(s.lr), GradNorm: report.Number(s.norm),
		ImgPerS: report.Number(rateOf(s.rows, s.compute+s.wait)), DataWaitMS: ms(s.wait), ComputeMS: ms(s.compute), CommMS: report.Unknown(),
		Skipped: len(j.data.Skipped) + len(j.bad), MicroBatch: j.set.Batch}
	if rss := residentBytes(); rss > 0 {
		r.RSSBytes = &rss
	}
	if b, ok := j.backend.(interface{ Live() int64 }); ok {
		n := b.Live()
		r.CBytes = &n
	}
	return r.Append(j.logs.metrics)
}

// row implements keeper: a line of results.csv.
func (j *job) row(e EpochDone) error {
	r := report.Epoch{Epoch: j.rows + 1, Time: e.At, TrainLoss: float64(e.TrainLoss), ValLoss: float64(e.ValLoss),
		Top1: float64(e.Accuracy), Top5: float64(e.Top5), Balanced: float64(e.Balanced), AUC: float64(e.AUC),
		LRHead: e.LR, LRDeepest: e.LRDeepest}
	j.rows++
	return r.Append(j.logs.results)
}
