package transfer

import "github.com/gotl-gpu/gotl-gpu/transfer/report"

// Event is something a run tells the outside while it happens. A Sink prints it
// to people or as JSON lines; it must return quickly and be safe for concurrent use.
type Event interface{ Type() string }

// Sink receives events.
type Sink func(Event)

// Started tells where and on what a run works.
type Started struct {
	Version string `json:"version"`
	Device  string `json:"device"`
	Detail  string `json:"detail"` // library, version, ISA, threads
	Seed    uint64 `json:"seed"`
	RunDir  string `json:"run_dir"`
}

// ModelRead tells what was imported.
type ModelRead struct {
	File      string   `json:"file"`
	Opset     int      `json:"opset"`
	Params    int64    `json:"params"`
	Classes   int      `json:"classes"` // of the source head, 0: none found
	Head      string   `json:"head"`    // description of the head found
	NormClass string   `json:"norms"`   // bn, folded, plain
	Preproc   string   `json:"preproc"` // one line, with its source
	Assumed   bool     `json:"assumed"` // preprocessing is a guess
	Notes     []string `json:"notes,omitempty"`
}

// DataRead tells what the pictures are.
type DataRead struct {
	Path    string   `json:"path"`
	Format  string   `json:"format"`
	Classes []string `json:"classes"`
	Train   int      `json:"train"`
	Val     int      `json:"val"`
	Test    int      `json:"test"`
	Skipped int      `json:"skipped"`
	Notes   []string `json:"notes,omitempty"`
}

// Planned tells what will train and what it costs.
type Planned struct {
	Scheme       string   `json:"scheme"`
	Head         string   `json:"head"`
	TotalParams  int64    `json:"total_params"`
	Trained      int64    `json:"trained_params"`
	FrozenTensor int      `json:"frozen_tensors"`
	PlannedBytes int64    `json:"planned_bytes"`
	Notes        []string `json:"notes,omitempty"`
}

// Progress moves a phase's bar. Total 0 means unknown.
type Progress struct {
	Phase     string  `json:"phase"` // "features", "train", "eval", "export"
	Epoch     int     `json:"epoch,omitempty"`
	Done      int     `json:"done"`
	Total     int     `json:"total"`
	ImgPerSec float64 `json:"img_per_s"`
	Loss      float64 `json:"loss,omitempty"`
}

// EpochDone is one line of results.
type EpochDone struct {
	Phase     string        `json:"phase"` // "A" head on features, "B" fine-tuning
	Epoch     int           `json:"epoch"` // counted from 1 within the phase
	Epochs    int           `json:"epochs"`
	TrainLoss report.Number `json:"train_loss"`
	ValLoss   report.Number `json:"val_loss"`
	Accuracy  report.Number `json:"accuracy"`
	Top5      report.Number `json:"accuracy_top5"`
	Balanced  report.Number `json:"balanced_accuracy"`
	AUC       report.Number `json:"auc"`
	LR        float64       `json:"lr"`
	LRDeepest float64       `json:"lr_deepest"`
	At        float64       `json:"time"` // seconds since the run began
	ImgPerSec float64       `json:"img_per_s"`
	DataWait  float64       `json:"data_wait"` // share of the epoch's time
	Seconds   float64       `json:"seconds"`
	Best      bool          `json:"best"`
}

// TrialDone is one training run of a comparison.
type TrialDone struct {
	Scheme   string        `json:"scheme"`
	LR       float64       `json:"lr"`
	Seed     uint64        `json:"seed"`
	Epochs   int           `json:"epochs"`
	Accuracy report.Number `json:"val_accuracy"`
	Seconds  float64       `json:"seconds"`
}

// Advised tells which scheme was chosen and why.
type Advised struct {
	Scheme   string   `json:"scheme"`
	HeadNode string   `json:"head_node,omitempty"`
	Reasons  []string `json:"reasons"`
}

// Warning is something the user should know; training goes on.
type Warning struct {
	Text string `json:"text"`
}

// Finished ends a run that reached its end.
type Finished struct {
	Summary any    `json:"summary"`
	RunDir  string `json:"run_dir"`
	Text    string `json:"text"` // lines for people
}

// Type implements Event.
func (Started) Type() string { return "start" }

// Type implements Event.
func (ModelRead) Type() string { return "model" }

// Type implements Event.
func (DataRead) Type() string { return "data" }

// Type implements Event.
func (Planned) Type() string { return "plan" }

// Type implements Event.
func (Progress) Type() string { return "step" }

// Type implements Event.
func (EpochDone) Type() string { return "epoch" }

// Type implements Event.
func (TrialDone) Type() string { return "trial" }

// Type implements Event.
func (Advised) Type() string { return "advice" }

// Type implements Event.
func (Warning) Type() string { return "warn" }

// Type implements Event.
func (Finished) Type() string { return "done" }
