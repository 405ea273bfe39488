package suite

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Job is a whole job of both sides: process start to files on disk, on one split.
// Words in braces are filled in: {data} {split} {model} {weights} {out}.
type Job struct {
	Net, Task string
	Data      string   // folder of pictures, beneath the assets
	Model     string   // our network
	Weights   string   // the peer's
	Split     []string // of our finetune: how the split is made
	Ours      []string // arguments of gotl-gpu
	Script    string   // of bench/peers
	Theirs    []string // its arguments
	Target    float64  // accuracy that is enough; 0: the peer's
}

const (
	lite0    = "models/efficientnet-lite0-imagenet/"
	squeeze  = "models/squeezenet1.1-features/"
	byPerson = "--group-by=labels.csv:person"
)

var (
	onSplit  = []string{"finetune", "{split}", "--root={data}", "--model={model}", "--output-dir={out}"}
	peerArgs = []string{"--data={data}", "--split={split}", "--weights={weights}", "--out={out}"}
)

// Jobs are those of the design page BENCH, §3.
func Jobs() []Job {
	head := Job{Net: "efficientnet_lite0", Data: "datasets/faces-sex", Model: lite0 + "model-bn.onnx", Weights: lite0 + "weights.pth",
		Split: []string{byPerson, "--val-split=0.25"}, Script: "job_head.py", Theirs: with(peerArgs, "--epochs=5")}
	four, one, tune, all := head, head, head, head
	four.Task, four.Ours = "head 4 views", with(onSplit, "--scheme=features", "--epochs=5", "--cache-views=4")
	one.Task, one.Ours = "head 1 view", with(onSplit, "--scheme=features", "--epochs=5", "--cache-views=1")
	tune.Task, tune.Ours = "finetune", with(onSplit, "--scheme=finetune", "--frozen-epochs=1", "--epochs=5")
	tune.Script, tune.Theirs = "job_finetune.py", with(peerArgs, "--frozen-epochs=1", "--epochs=5")
	all.Task, all.Ours = "compare schemes", []string{"compare", "{split}", "--root={data}", "--model={model}", "--output-dir={out}", "--budget=20%"}
	all.Script, all.Theirs = "job_finetune.py", with(peerArgs, "--frozen-epochs=0", "--epochs=6")
	signs := Job{Net: "squeezenet1.1", Task: "head to 97 %", Data: "datasets/sign-digits", Model: squeeze + "model.onnx", Weights: squeeze + "model.onnx",
		Split: []string{"--split-mode=blocks"}, Ours: with(onSplit, "--scheme=features", "--head=mlp:256", "--lr=5e-3", "--epochs=20", "--patience=0", "--assert-accuracy=0.97"),
		Script: "job_sqz_head.py", Theirs: with(peerArgs, "--to=0.97", "--epochs=60"), Target: .97}
	digits := all
	digits.Task, digits.Data, digits.Split = "compare schemes, digits", signs.Data, signs.Split
	return []Job{four, one, tune, signs, all, digits}
}

func with(args []string, more ...string) []string {
	return append(append([]string(nil), args...), more...)
}

// JobSuite runs jobs.
type JobSuite struct {
	Product string // bin/gotl-gpu
	Python  string
	Peers   string // folder of the scripts
	Assets  string
	Rounds  int
	Store   *Store
	Machine *Machine
	Only    string
	Force   bool
	Log     io.Writer
}

// Run runs the jobs that are not there yet. What cannot be run here, because a file
// or a command is missing, is named and left out.
func (s *JobSuite) Run(ctx context.Context, jobs []Job) error {
	for _, j := range jobs {
		done := Row{Suite: "job", Net: j.Net, Task: j.Task, Unit: "s", Peer: Frameworks}
		if !Matches(s.Only, "job", j.Task) || !s.Force && s.Store.Has(done) {
			continue
		}
		if err := s.possible(ctx, j); err != nil {
			fmt.Fprintf(s.Log, "job     %s: left out: %v\n", j.Task, err)
			continue
		}
		rows, err := s.job(ctx, j)
		if err != nil {
			return fmt.Errorf("job %s: %w", j.Task, err)
		}
		for _, r := range rows {
			fmt.Fprintln(s.Log, Line(r))
		}
		if err := s.Store.Put(rows...); err != nil {
			return err
		}
	}
	return nil
}

func (s *JobSuite) possible(ctx context.Context, j Job) error {
	if err := need(s.Product, s.Python, s.script(j), s.asset(j.Data), s.asset(j.Model), s.asset(j.Weights)); err != nil {
		return err
	}
	u, err := RunCommand(ctx, []string{s.Product, j.Ours[0], "--help"})
	if err == nil && !strings.Contains(u.Out, "gotl-gpu "+j.Ours[0]+" ") { // else it is the help of all commands
		err = fmt.Errorf("gotl-gpu has no %s yet", j.Ours[0])
	}
	return err
}

func (s *JobSuite) asset(name string) string { return filepath.Join(s.Assets, name) }
func (s *JobSuite) script(j Job) string      { return filepath.Join(s.Peers, j.Script) }

// job runs both sides in turn and compares the best time and the largest memory.
func (s *JobSuite) job(ctx context.Context, j Job) ([]Row, error) {
	dir, err := os.MkdirTemp("", "gotl-bench-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	split, err := s.split(ctx, j, dir)
	if err != nil {
		return nil, err
	}
	ours, theirs := &tried{}, &tried{}
	for n := range s.Rounds {
		out := filepath.Join(dir, fmt.Sprint("ours", n))
		fill := s.filler(j, split, out)
		argv := append([]string{s.Product}, fill(j.Ours)...)
		if err := ours.run(ctx, argv, func(string) (score, error) { return summaryScore(out) }, freshCache(out)...); err != nil {
			return nil, err
		}
		fill = s.filler(j, split, filepath.Join(dir, fmt.Sprint("theirs", n)))
		argv = append([]string{s.Python, s.script(j)}, fill(j.Theirs)...)
		if err := theirs.run(ctx, argv, lastLine); err != nil {
			return nil, err
		}
	}
	return s.rows(j, ours, theirs), nil
}

func (s *JobSuite) filler(j Job, split, out string) func([]string) []string {
	r := strings.NewReplacer("{data}", s.asset(j.Data), "{model}", s.asset(j.Model), "{weights}", s.asset(j.Weights), "{split}", split, "{out}", out)
	return func(args []string) []string {
		var filled []string
		for _, a := range args {
			filled = append(filled, r.Replace(a))
		}
		return filled
	}
}

// split lets our own splitter write the CSV that both sides read: the cheapest run,
// not timed.
func (s *JobSuite) split(ctx context.Context, j Job, dir string) (string, error) {
	out := filepath.Join(dir, "split")
	argv := with([]string{s.Product, "finetune", s.asset(j.Data), "--model=" + s.asset(j.Model), "--scheme=features", "--epochs=1",
		"--aug=none", "--export=false", "--output-dir=" + out}, j.Split...)
	_, err := RunCommand(ctx, argv, freshCache(out)...)
	return filepath.Join(out, "split.csv"), err
}

// freshCache gives a run caches of its own: no run may profit from one before it.
func freshCache(out string) []string {
	return []string{"GOTL_CACHE_DIR=" + out + "-cache", "XDG_CACHE_HOME=" + out + "-cache"}
}

func (s *JobSuite) rows(j Job, ours, theirs *tried) []Row {
	r := Row{Suite: "job", Net: j.Net, Task: j.Task, DType: "f32", Unit: "s", Ours: ours.seconds, Rounds: s.Rounds, Machine: s.Machine,
		Detail: map[string]float64{"accuracy": ours.score.Accuracy, "their_accuracy": theirs.score.Accuracy,
			"balanced_accuracy": ours.score.Balanced, "their_balanced_accuracy": theirs.score.Balanced}}
	want := theirs.score.Accuracy
	if j.Target > 0 {
		want = j.Target
	}
	if ours.score.Accuracy < want {
		r.Note = fmt.Sprintf("accuracy %.4f below %.4f", ours.score.Accuracy, want)
	}
	peer := "pytorch script"
	memory := r
	memory.Unit, memory.Ours = "MB", float64(ours.peak)/1e6
	return []Row{r.compared(peer, theirs.seconds), memory.compared(peer, float64(theirs.peak)/1e6)}
}

// tried is the best of one side's runs.
type tried struct {
	seconds float64
	peak    int64
	score   score
}

func (t *tried) run(ctx context.Context, argv []string, read func(out string) (score, error), env ...string) error {
	u, err := RunCommand(ctx, argv, env...)
	if err != nil {
		return err
	}
	sc, err := read(u.Out)
	if err != nil {
		return err
	}
	t.peak = max(t.peak, u.Peak)
	if t.seconds == 0 || u.Seconds < t.seconds {
		t.seconds, t.score = u.Seconds, sc
	}
	return nil
}

// score is what a job reached on the validation pictures.
type score struct {
	Accuracy float64 `json:"accuracy"`
	Balanced float64 `json:"balanced_accuracy"`
}

// summaryScore reads our run directory; a comparison's score is that of its best scheme.
func summaryScore(dir string) (score, error) {
	if text, err := os.ReadFile(filepath.Join(dir, "compare.json")); err == nil {
		return bestScheme(text)
	}
	text, err := os.ReadFile(filepath.Join(dir, "summary.json"))
	if err != nil {
		return score{}, err
	}
	var s struct{ Val score }
	return s.Val, json.Unmarshal(text, &s)
}

func bestScheme(text []byte) (score, error) {
	var c struct {
		Best    string
		Schemes []struct {
			Scheme string
			score
		}
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return score{}, err
	}
	for _, s := range c.Schemes {
		if s.Scheme == c.Best {
			return s.score, nil
		}
	}
	return score{}, fmt.Errorf("compare.json: no scheme %q", c.Best)
}

// lastLine reads the JSON object that a script ends with.
func lastLine(out string) (score, error) {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var s score
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &s); err != nil {
		return s, fmt.Errorf("last line %.200q: %w", lines[len(lines)-1], err)
	}
	return s, nil
}
