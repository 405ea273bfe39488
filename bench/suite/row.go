package suite

import "fmt"

// Row is one result: a figure of ours beside a peer's. Ratio over 1 means that we
// are better, whatever the unit.
type Row struct {
	Suite   string             `json:"suite"` // engine, job, cold
	Net     string             `json:"net"`
	Task    string             `json:"task"`
	Batch   int                `json:"batch,omitempty"`
	DType   string             `json:"dtype"`
	Ours    float64            `json:"ours"`
	Peer    string             `json:"peer,omitempty"` // "pytorch-2.15.0-channels_last"; empty: ours alone
	Theirs  float64            `json:"theirs,omitempty"`
	Ratio   float64            `json:"ratio,omitempty"`
	Unit    string             `json:"unit"` // img/s, s, MB
	Rounds  int                `json:"rounds"`
	Bar     float64            `json:"bar,omitempty"`    // smallest ratio; 0: none
	Detail  map[string]float64 `json:"detail,omitempty"` // other figures, named with their units
	Note    string             `json:"note,omitempty"`   // why a ratio does not count, or what failed
	Machine *Machine           `json:"machine"`
}

// Kind of peer, the part of a row's key that versions do not change.
const (
	Frameworks = "framework" // the best of PyTorch's layouts, or ONNX Runtime
	BareDNNL   = "bare"      // the same primitives without an engine
	Limit      = "limit"     // a fixed bar instead of a peer
	Plan       = "plan"      // our memory plan, beside what the process grew by
	Alone      = ""          // ours only
)

// kind sorts peers by what they are for.
func kind(peer string) string {
	switch {
	case peer == "":
		return Alone
	case len(peer) >= 4 && peer[:4] == "bare":
		return BareDNNL
	case peer == Limit, peer == Plan:
		return peer
	}
	return Frameworks
}

// key names what a row measures, whoever the best peer was.
func (r Row) key() string {
	return fmt.Sprint(r.Suite, "/", r.Net, "/", r.Task, "/", r.Batch, "/", r.Unit, "/", kind(r.Peer))
}

// compared fills the ratio: theirs/ours for times and sizes, ours/theirs for rates.
func (r Row) compared(peer string, theirs float64) Row {
	r.Peer, r.Theirs = peer, theirs
	r.Ratio = 0
	switch {
	case r.Ours <= 0 || theirs <= 0:
	case r.Unit == "img/s":
		r.Ratio = r.Ours / theirs
	default:
		r.Ratio = theirs / r.Ours
	}
	r.Bar = Bar(r)
	return r
}

// agreed fills the ratio of two figures that should be equal: the smaller over the larger.
func (r Row) agreed(peer string, theirs float64) Row {
	r = r.compared(peer, theirs)
	r.Ratio = min(r.Ratio, 1/max(r.Ratio, 1e-9))
	return r
}

// Missed reports whether a bar is there and not reached. A row whose ratio does not
// count, because something failed, misses its bar.
func (r Row) Missed() bool { return r.Bar > 0 && (r.Note != "" || !(r.Ratio >= r.Bar)) }
