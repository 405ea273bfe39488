package suite

import (
	"context"
	"time"

	"github.com/gotl-gpu/gotl-gpu/bench/protocol"
)

// answerLimit ends a side that hangs; a loaded machine may take minutes for a step.
const answerLimit = 15 * time.Minute

// Contest is how sides are compared.
type Contest struct {
	Rounds   int           // that count, after one to warm up
	Seconds  float64       // least time of a round
	MinSteps int           // least steps of a round
	Pause    time.Duration // between rounds: threads of the side before stop spinning
	Threads  int
}

// Side is one contestant.
type Side struct {
	Name string                   // "gotl-gpu", "pytorch-channels_last"
	Kind string                   // Alone (ours), Frameworks, BareDNNL
	Argv []string                 // starts its worker
	Task func(task string) string // its task in answer to ours; "": it has none
}

// Outcome is what a side reached.
type Outcome struct {
	Side     Side
	Best     float64        // img/s of its best round
	Peak     int64          // bytes
	Prepared protocol.Reply // what prepare answered
	Last     protocol.Reply // the best round's answer
	Err      error          // why it is out
}

// Run lets the sides prepare a request and then play rounds in turn. q's task is
// ours; each side takes its own for it. Sides that have none do not appear.
func (c Contest) Run(ctx context.Context, sides []Side, q protocol.Request) []Outcome {
	var out []Outcome
	var workers []*Worker
	defer func() {
		for _, w := range workers {
			if w != nil {
				w.Stop()
			}
		}
	}()
	for _, s := range sides {
		mine := q
		if mine.Task = s.Task(q.Task); mine.Task == "" {
			continue
		}
		o := Outcome{Side: s}
		w, err := StartWorker(ctx, s.Name, s.Argv)
		if err == nil {
			mine.Cmd, mine.Threads = "prepare", c.Threads
			o.Prepared, err = w.Ask(ctx, mine, answerLimit)
		}
		o.Err = err
		out, workers = append(out, o), append(workers, w)
	}
	for n := range c.Rounds + 1 {
		for i := range out {
			c.round(ctx, workers[i], &out[i], n == 0)
		}
	}
	return out
}

// round plays one round of one side; the first only warms up.
func (c Contest) round(ctx context.Context, w *Worker, o *Outcome, warm bool) {
	if o.Err != nil {
		return
	}
	q := protocol.Request{Cmd: "round", Seconds: c.Seconds, MinSteps: c.MinSteps}
	if warm {
		q.Seconds, q.MinSteps = c.Seconds/4, 1
	}
	time.Sleep(c.Pause)
	r, err := w.Ask(ctx, q, answerLimit)
	if err != nil {
		o.Err = err
		return
	}
	o.Peak = max(o.Peak, r.PeakRSS)
	if rate := float64(r.Images) / r.Seconds; !warm && rate > o.Best {
		o.Best, o.Last = rate, r
	}
}
