package transfer

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/zoo"
)

// Architecture is a built-in network that --model NAME+WEIGHTS names.
type Architecture struct {
	Name       string `json:"name"`
	Size       int    `json:"size"` // side of its input, pixels
	Classes    int    `json:"classes"`
	Classifier string `json:"classifier"`
	Preproc    string `json:"preproc"`
}

// Architectures lists the built-in networks.
func Architectures() []Architecture {
	var out []Architecture
	for _, name := range zoo.Names() {
		a, _ := zoo.Lookup(name)
		classes := a.Classes
		if classes == 0 {
			classes = 1000
		}
		p := a.Preprocess
		out = append(out, Architecture{Name: name, Size: a.Size, Classes: classes, Classifier: a.Classifier,
			Preproc: fmt.Sprintf("%d %s, crop %d, mean %.3g, sd %.3g", p.Resize, p.Filter, p.Crop, p.Mean, p.Std)})
	}
	return out
}
