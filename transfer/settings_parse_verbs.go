package transfer

import "github.com/gotl-gpu/gotl-gpu/transfer/metrics"

// EvalSettings are the choices of an evaluation; their spellings are those of
// Settings.
type EvalSettings struct {
	Data           string  `flag:"data" alias:"data-path,data-dir,image-dir" help:"folder of class folders, or a CSV file"`
	Model          string  `flag:"model" short:"m" alias:"weights,model-name-or-path,model-file" help:"run directory or .onnx file"`
	DataFormat     string  `flag:"data-format" def:"auto" help:"auto, imagefolder, csv, jsonl"`
	Root           string  `flag:"root" help:"folder that paths in a CSV are relative to"`
	LabelCol       string  `flag:"label-col" help:"label column of a CSV"`
	Classes        string  `flag:"classes" help:"a,b,… or a file with one class a line, for a model that does not name its own"`
	ClassFrom      string  `flag:"class-from" def:"top" help:"top or leaf folder names the class"`
	Batch          int     `flag:"batch" short:"b" def:"32" alias:"batch-size" help:"pictures per step"`
	Workers        int     `flag:"workers" short:"j" def:"0" help:"decoding workers; 0: automatic; results do not depend on it"`
	EXIF           string  `flag:"exif" def:"apply" help:"apply or ignore orientation"`
	MaxBad         float64 `flag:"max-bad" def:"0.05" help:"largest share of unreadable pictures"`
	Strict         bool    `flag:"strict" def:"false" help:"stop at the first unreadable picture"`
	Preset         string  `flag:"preset" help:"preprocessing: a preset name or a record file"`
	Resize         string  `flag:"resize" def:"auto" help:"resize rule: auto, onnx, torchvision, squash"`
	Groups         string  `flag:"groups" help:"report by group too: FILE[:COLUMN,…], a CSV with the pictures' paths"`
	AbstainBelow   float64 `flag:"abstain-below" def:"0" help:"report what is answered from this confidence on"`
	TargetError    float64 `flag:"target-error" def:"0" help:"report from which confidence on the error stays below this, with 95 % certainty"`
	AssertAccuracy float64 `flag:"assert-accuracy" def:"0" alias:"assert-accuracy-at-least" help:"exit 7 unless accuracy reaches this"`
	AssertMetric   string  `flag:"assert-metric" help:"exit 7 unless METRIC=VALUE is reached"`
	Device         string  `flag:"device" def:"auto" help:"auto, cpu, ref"`
}

// EvalResult is what an evaluation found.
type EvalResult struct {
	Classes []string
	Metrics *metrics.Result
	Skipped int
	Notes   []string

	Calibration *Calibration
	Groups      *metrics.GroupReport // nil without --groups
}

// PredictSettings are the choices of a prediction.
type PredictSettings struct {
	Model   string   `flag:"model" short:"m" alias:"weights,model-name-or-path,model-file" help:"run directory or .onnx file"`
	Paths   []string // files and folders, in order
	Classes string   `flag:"classes" help:"a,b,… or a file with one class a line, for a model that does not name its own"`
	Batch   int      `flag:"batch" short:"b" def:"32" alias:"batch-size" help:"pictures per step"`
	Workers int      `flag:"workers" short:"j" def:"0" help:"decoding workers; 0: automatic; results do not depend on it"`
	EXIF    string   `flag:"exif" def:"apply" help:"apply or ignore orientation"`
	Strict  bool     `flag:"strict" def:"false" help:"stop at the first unreadable picture"`
	Preset  string   `flag:"preset" help:"preprocessing: a preset name or a record file"`
	Resize  string   `flag:"resize" def:"auto" help:"resize rule: auto, onnx, torchvision, squash"`
	Device  string   `flag:"device" def:"auto" help:"auto, cpu, ref"`
}

// Prediction is the answer for one picture. Err tells why there is none.
type Prediction struct {
	Path    string
	Classes []string  // names, shared by all predictions
	Pred    int       // index of the most probable class
	Probs   []float32 // [K]
	Err     error
}
