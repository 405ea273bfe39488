package transfer

import (
	"encoding/json"
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/transfer/atomicfile"
	"github.com/gotl-gpu/gotl-gpu/transfer/report"
)

// write leaves a picture for each network, and advise.json.
func (v *Advice) write(dir *rundir) error {
	for i, m := range v.Models {
		name := "advise.png"
		if len(v.Models) > 1 {
			name = fmt.Sprintf("advise-%d.png", i+1)
		}
		if err := report.WriteBarsPNG(dir.file(name), "out of fold, 95 % intervals; dashed: majority", m.bars(), m.Majority); err != nil {
			return err
		}
	}
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(dir.file("advise.json"), append(b, '\n'))
}

// bars are the pixels, every depth, direct use and what was trained; the advised one is
// marked.
func (m *ModelAdvice) bars() []report.Bar {
	bars := []report.Bar{{Name: "pixels 32x32", Value: m.RawPixels.Accuracy, CI95: m.RawPixels.CI95}}
	for i, d := range m.Depths {
		mark := m.Scheme == "features" && (m.HeadNode == d.Name || m.HeadNode == "" && i == len(m.Depths)-1)
		bars = append(bars, report.Bar{Name: fmt.Sprintf("%.0f %% deep", 100*d.Share), Value: d.Probe.Accuracy, CI95: d.Probe.CI95, Mark: mark})
	}
	for _, c := range m.Candidates {
		if c.Measured && c.Scheme != "features" {
			bars = append(bars, report.Bar{Name: c.Scheme, Value: c.Accuracy.Accuracy, CI95: c.Accuracy.CI95, Mark: m.Scheme == c.Scheme})
		}
	}
	return bars
}
