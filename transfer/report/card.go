package report

import (
	"fmt"
	"math"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/atomicfile"
	"github.com/gotl-gpu/gotl-gpu/transfer/metrics"
)

// Card is what MODEL_CARD.md says. What was not measured or given is said to be so.
type Card struct {
	Name, Scheme, Version string
	Classes               []string
	BaseSHA256            string
	BaseLicence           string // "" unknown
	DataSHA256            string
	SplitSHA256           string
	Grouped               bool // split by person or object
	Counts                Counts
	Val                   *SplitResult
	Test                  *SplitResult // nil: none
	Frozen                int
	TrainedParams         int64
	Temperature           float64
	Preprocess            string
	Assumed               bool // the preprocessing is a guess
	Groups                *metrics.GroupReport
	Notice                string // about people, "" if the classes do not speak of them
}

const notProvided = "not provided"

func orNot(s string) string {
	if s == "" {
		return notProvided
	}
	return s
}

// WriteCard writes a model card in the form of Hugging Face's hub: a YAML header, then
// Markdown. It holds no picture, path or host name.
func WriteCard(path string, c *Card) error {
	head, err := c.header()
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString("---\n")
	b.Write(head)
	b.WriteString("---\n")
	for _, section := range []func(*strings.Builder){c.intro, c.figures, c.groups, c.origin, c.limits} {
		section(&b)
	}
	return atomicfile.WriteBytes(path, []byte(b.String()))
}

func (c *Card) header() ([]byte, error) {
	best, split := c.Val, "validation"
	if c.Test != nil {
		best, split = c.Test, "test"
	}
	metric := func(kind string, v Number) map[string]any { return map[string]any{"type": kind, "value": rounded(v)} }
	return yaml.Marshal(map[string]any{
		"library_name": "gotl-gpu", "pipeline_tag": "image-classification", "license": orNot(c.BaseLicence), "metrics": []string{"accuracy", "roc_auc"},
		"model-index": []any{map[string]any{"name": c.Name, "results": []any{map[string]any{
			"task":    map[string]string{"type": "image-classification"},
			"dataset": map[string]string{"name": "sha256:" + short(c.DataSHA256), "type": notProvided, "split": split},
			"metrics": []any{metric("accuracy", best.Accuracy), metric("balanced_accuracy", best.Balanced), metric("roc_auc", best.AUC)},
		}}}},
	})
}

// rounded is a figure for YAML; what is undefined is a word.
func rounded(n Number) any {
	x := float64(n)
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return notProvided
	}
	return math.Round(1e4*x) / 1e4
}

func short(sum string) string { return sum[:min(len(sum), 16)] }

func (c *Card) intro(b *strings.Builder) {
	names := make([]string, len(c.Classes))
	for i, n := range c.Classes {
		names[i] = "`" + strings.ReplaceAll(fault.Clean(n), "`", "'") + "`"
	}
	fmt.Fprintf(b, "# %s\n\nAn image classifier with %d classes: %s.\nMade by gotl-gpu %s, scheme `%s`.\n\n", fault.Clean(c.Name), len(names), strings.Join(names, ", "), c.Version, c.Scheme)
}

func (c *Card) figures(b *strings.Builder) {
	b.WriteString("## Figures\n\n| split | pictures | balanced accuracy | accuracy (95 %) | AUC | always the most frequent class |\n|---|---|---|---|---|---|\n")
	for _, s := range []struct {
		name string
		n    int
		r    *SplitResult
	}{{"validation", c.Counts.Val, c.Val}, {"test", c.Counts.Test, c.Test}} {
		if s.r == nil {
			fmt.Fprintf(b, "| %s | 0 | %s | | | |\n", s.name, notProvided)
			continue
		}
		fmt.Fprintf(b, "| %s | %d | %.3f | %.3f (%.3f-%.3f) | %v | %.3f |\n", s.name, s.n, s.r.Balanced, s.r.Accuracy, s.r.CI95[0], s.r.CI95[1], rounded(s.r.AUC), s.r.Majority)
	}
	fmt.Fprintf(b, "\nThe validation pictures chose the epoch; only test pictures judge it. Temperature of the confidences: %.3g.\n\n", c.Temperature)
}

func (c *Card) groups(b *strings.Builder) {
	b.WriteString("## Groups\n\n")
	if c.Groups == nil {
		b.WriteString("Not evaluated by group.\n\n")
		return
	}
	b.WriteString("| group | pictures | accuracy (95 %) |\n|---|---|---|\n")
	for _, g := range append(c.Groups.Groups[:len(c.Groups.Groups):len(c.Groups.Groups)], c.Groups.Intersections...) {
		figure := fmt.Sprintf("%.3f (%.3f-%.3f)", g.Accuracy, g.CI95[0], g.CI95[1])
		if g.Few {
			figure = "too few"
		}
		fmt.Fprintf(b, "| %s | %d | %s |\n", strings.ReplaceAll(fault.Clean(g.Name), "|", "/"), g.N, figure)
	}
	if c.Groups.Caution {
		fmt.Fprintf(b, "\nCaution: %.1f points between the best and the worst group.\n", 100*c.Groups.Gap)
	}
	b.WriteString("\n")
}

func (c *Card) origin(b *strings.Builder) {
	grouped := "by picture; pictures of one person or object may stand on both sides"
	if c.Grouped {
		grouped = "by group: no person or object stands on both sides"
	}
	assumed := ""
	if c.Assumed {
		assumed = " (assumed, not known)"
	}
	fmt.Fprintf(b, "## Origin\n\n- Source network: sha256 %s, licence %s\n- Pictures: sha256 %s; licence and consent %s\n- Split: sha256 %s, %s\n"+
		"- Trained: %d parameters; %d tensors frozen and proved unchanged\n- Pictures are prepared as: %s%s\n\n",
		orNot(c.BaseSHA256), orNot(c.BaseLicence), orNot(c.DataSHA256), notProvided, orNot(c.SplitSHA256), grouped, c.TrainedParams, c.Frozen, c.Preprocess, assumed)
}

func (c *Card) limits(b *strings.Builder) {
	b.WriteString("## Limits\n\nThe figures hold for pictures like those judged on. Other cameras, places and times were not tried.\n" +
		"Not for identification, access, eligibility, policing, or telling a person's gender identity.\n")
	if c.Notice != "" {
		b.WriteString("\n" + c.Notice + "\n")
	}
}
