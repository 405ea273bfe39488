package transfer

import "time"

// Settings are all choices of a run. The tags are the single description of each
// one: flag name (also its key in config.yaml and in key=value arguments), one-letter
// flag, default, alternative spellings of other tools and help text. A zero default
// written "auto" is decided by the run and reported.
type Settings struct {
	Data       string `flag:"data" alias:"data-path,data-dir,train-dir,image-dir" help:"folder of class folders, or a CSV file"`
	DataFormat string `flag:"data-format" def:"auto" help:"auto, imagefolder, csv, jsonl"`
	Root       string `flag:"root" help:"folder that paths in a CSV are relative to"`
	LabelCol   string `flag:"label-col" help:"label column of a CSV"`
	Classes    string `flag:"classes" help:"a,b,… or a file with one class a line; fixes the order"`
	ClassOrder string `flag:"class-order" def:"bytes" help:"bytes or natural"`
	ClassFrom  string `flag:"class-from" def:"top" help:"top or leaf folder names the class"`
	Model      string `flag:"model" short:"m" alias:"weights,model-name-or-path,model-file" help:"network: .onnx file, run directory, or ARCH+FILE: a built-in architecture and its weights (.safetensors, .pth)"`

	Scheme       string  `flag:"scheme" def:"auto" help:"auto, direct, features, finetune, scratch"`
	Map          string  `flag:"map" def:"auto" help:"direct: source classes by name, learned, or a file of source,target[,weight]; auto: names, else learned"`
	Epochs       int     `flag:"epochs" short:"e" def:"0" alias:"num-train-epochs" help:"epochs of the main phase; 0: 10, features 30"`
	FrozenEpochs int     `flag:"frozen-epochs" def:"30" alias:"freeze-epochs" help:"epochs of the head on frozen features before fine-tuning"`
	Batch        int     `flag:"batch" short:"b" def:"32" alias:"batch-size,per-device-train-batch-size" help:"pictures per optimiser step"`
	ImgSize      int     `flag:"imgsz" def:"0" alias:"img-size,input-size,image-size" help:"input side in pixels; 0: from the model"`
	LR           float64 `flag:"lr" def:"0" alias:"lr0,learning-rate" help:"learning rate of the head, fine-tuning starts at half of it; 0: 2e-3, features 5e-3"`
	TuneLR       float64 `flag:"tune-lr" def:"0" help:"learning rate of the head while fine-tuning; 0: half of --lr"`
	LRMult       float64 `flag:"lr-mult" def:"100" help:"rate of the head over rate of the deepest trained block"`
	LayerDecay   float64 `flag:"layer-decay" def:"0" help:"rate factor per block instead of --lr-mult; 0: off"`
	Opt          string  `flag:"opt" def:"adamw" alias:"optimizer" help:"adamw, adam, sgd"`
	Momentum     float64 `flag:"momentum" def:"0.9" help:"momentum of sgd"`
	Nesterov     bool    `flag:"nesterov" def:"false" help:"Nesterov momentum (sgd)"`
	Beta2        float64 `flag:"beta2" def:"0.999" help:"second decay of adam and adamw"`
	Eps          float64 `flag:"eps" def:"1e-8" help:"term that keeps adam and adamw from dividing by zero"`
	WD           float64 `flag:"wd" def:"-1" alias:"weight-decay" help:"weight decay, none on biases and norms; -1: 1e-2, sgd 1e-4"`
	DecayAll     bool    `flag:"decay-all" def:"false" help:"weight decay on biases and norms too"`
	HeadSched    string  `flag:"head-sched" help:"schedule of the head on frozen features; default: --sched"`
	Sched        string  `flag:"sched" def:"onecycle" alias:"lr-scheduler" help:"onecycle, onecycle:torch, cosine, step:EPOCHS:FACTOR, linear:FINAL, constant"`
	WarmupEpochs int     `flag:"warmup-epochs" def:"0" help:"linear warm-up before the schedule"`
	Clip         float64 `flag:"clip" def:"1" alias:"clip-grad-norm,clip-grad" help:"largest gradient norm; 0: off"`
	Head         string  `flag:"head" def:"linear" help:"linear or mlp:H[:p]"`
	HeadNode     string  `flag:"head-node" help:"node to cut at instead of the classifier found"`
	Freeze       string  `flag:"freeze" def:"auto" help:"auto, 0, all, N blocks, name, re:PATTERN, cut:NODE; comma-separated"`
	TrainOnly    string  `flag:"train-only" help:"freeze all but these; same grammar as --freeze"`
	ReinsertBN   string  `flag:"reinsert-bn" def:"auto" help:"scratch: auto puts BatchNorm behind convolutions that lost theirs at export; off trains without, at a tenth of the rate"`
	BN           string  `flag:"bn" def:"auto" help:"affine, train, frozen; auto: affine, scratch train"`

	Cache          string  `flag:"cache" def:"auto" help:"what is kept so that it is computed once: auto, none, decoded, activations, features, all"`
	Decode         string  `flag:"decode" def:"auto" help:"large training pictures: exact; scaled to what a crop needs (JPEG); auto: reduced once, or scaled if seen less than three times"`
	CacheViews     int     `flag:"cache-views" def:"4" help:"augmented views per picture below a frozen part; 0: a new one each epoch, not cached"`
	CacheDir       string  `flag:"cache-dir" help:"folder of cache files; default: $GOTL_CACHE_DIR, else gotl-gpu in the user's cache folder"`
	Aug            string  `flag:"aug" def:"basic" alias:"auto-augment,aa" help:"none or basic"`
	LabelSmoothing float64 `flag:"label-smoothing" def:"0" alias:"smoothing" help:"label smoothing"`
	ClassWeights   string  `flag:"class-weights" def:"auto" help:"auto (if the largest class is over 1.5 times the smallest), none, balanced"`
	Sampler        string  `flag:"sampler" def:"shuffle" help:"shuffle, or balanced: every class as often as the others"`
	Patience       int     `flag:"patience" def:"10" help:"epochs without improvement before stopping; 0: never"`
	Metric         string  `flag:"metric" def:"balanced_accuracy" alias:"eval-metric" help:"balanced_accuracy, accuracy, auc, f1, loss"`
	EMA            string  `flag:"ema" def:"off" alias:"model-ema" help:"average of the weights: off, on, a decay in (0,1), or exp:DECAY:STEPS"`
	Precision      string  `flag:"precision" def:"fp32" help:"fp32; bf16 stores activations in 16 bits where the hardware computes with them"`
	Seed           uint64  `flag:"seed" def:"42" alias:"rng-seed" help:"seed of every random draw"`
	Workers        int     `flag:"workers" short:"j" def:"0" help:"decoding workers; 0: automatic; results do not depend on it"`

	ValSplit  float64 `flag:"val-split" def:"0.2" alias:"valid-pct,train-val-split" help:"share of pictures for validation if the data has no split"`
	TestSplit float64 `flag:"test-split" def:"0" help:"share of pictures for testing"`
	SplitMode string  `flag:"split-mode" def:"hash" help:"hash or blocks (contiguous by file name)"`
	GroupBy   string  `flag:"group-by" help:"keep groups in one split: COL, FILE:COL, re:PATTERN, parent"`
	AllowLeak bool    `flag:"allow-leak" def:"false" help:"accept equal pictures in two of your own splits"`
	EXIF      string  `flag:"exif" def:"apply" help:"apply or ignore orientation"`
	MaxBad    float64 `flag:"max-bad" def:"0.05" help:"largest share of unreadable pictures"`
	Strict    bool    `flag:"strict" def:"false" help:"stop at the first unreadable picture"`
	Preset    string  `flag:"preset" help:"preprocessing: a preset name or a record file"`
	Resize    string  `flag:"resize" def:"auto" help:"resize rule: auto, onnx, torchvision, squash"`

	SaveEvery string        `flag:"save-every" def:"1" alias:"serialize" help:"checkpoint every N epochs, or 500steps"`
	Resume    string        `flag:"resume" help:"run directory to continue exactly"`
	Force     bool          `flag:"force" def:"false" help:"resume although data or settings changed"`
	Project   string        `flag:"project" def:"runs/finetune" help:"folder that run directories are made in"`
	Name      string        `flag:"name" help:"name of the run; default: name of the data folder"`
	ExistOK   bool          `flag:"exist-ok" def:"false" help:"write into an existing run directory"`
	OutputDir string        `flag:"output-dir" help:"the run directory itself"`
	TimeLimit time.Duration `flag:"time-limit" def:"0s" help:"stop training after this long; 0: no limit"`

	Groups         string  `flag:"groups" help:"report by group too: FILE[:COLUMN,…], a CSV with the pictures' paths"`
	AbstainBelow   float64 `flag:"abstain-below" def:"0" help:"report what is answered from this confidence on"`
	TargetError    float64 `flag:"target-error" def:"0" help:"report from which confidence on the error stays below this, with 95 % certainty"`
	AssertAccuracy float64 `flag:"assert-accuracy" def:"0" alias:"assert-accuracy-at-least" help:"exit 7 unless validation accuracy reaches this"`
	AssertMetric   string  `flag:"assert-metric" help:"exit 7 unless METRIC=VALUE is reached"`
	Export         bool    `flag:"export" def:"true" help:"write model.onnx and check parity"`
	FoldBN         bool    `flag:"fold-bn" def:"false" help:"fold BatchNorm into the exported weights"`
	DryRun         bool    `flag:"dry-run" def:"false" help:"print the plan and stop"`

	Device     string        `flag:"device" def:"auto" help:"auto, cpu, ref"`
	TermBudget time.Duration `flag:"term-budget" def:"800ms" help:"time to save a checkpoint after SIGTERM"`
}
