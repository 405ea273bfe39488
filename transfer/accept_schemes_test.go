//go:build accept

package transfer

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// defaults are the accuracies that a run without any setting but data and network has
// to reach, in percent, pooled over the folds.
var defaults = map[string]float64{
	"faces-sex efficientnet-lite0-imagenet/model-bn":   97.5,
	"sign-digits efficientnet-lite0-imagenet/model-bn": 98.8,
}

// pooled runs finetune with given settings on every fold and pools the accuracies.
func pooled(t *testing.T, data, net string, given ...string) float64 {
	right, all := 0.0, 0
	for i, file := range foldCSVs(t, data) {
		args := append([]string{"data", file, "root", data, "model", net}, given...)
		sum, _ := runJob(t, filepath.Join(t.TempDir(), fmt.Sprint(i)), args...)
		right += float64(sum.Val.Accuracy) * float64(sum.Counts.Val)
		all += sum.Counts.Val
	}
	return 100 * right / float64(all)
}

// TestAcceptDefaults runs finetune as a newcomer does.
func TestAcceptDefaults(t *testing.T) {
	for _, data := range datasets(t) {
		for _, net := range nets(t) {
			name := filepath.Base(data) + " " + shortName(net)
			if defaults[name] == 0 {
				continue
			}
			t.Run(name, func(t *testing.T) {
				got := pooled(t, data, net)
				t.Logf("DEFAULT %s pooled accuracy %.2f %%", name, got)
				require.GreaterOrEqual(t, got, defaults[name])
			})
		}
	}
}

// TestAcceptAdvice holds advice to what a comparison at the default budget finds: the
// advised scheme is its best or cannot be separated from it, or reaches as much over the
// folds but for a point, in a fifth of the time.
func TestAcceptAdvice(t *testing.T) {
	for _, data := range datasets(t) {
		for _, net := range nets(t) {
			name := filepath.Base(data) + " " + shortName(net)
			if only := os.Getenv("GOTL_ACCEPT"); only == "" && !strings.Contains(net, "squeezenet1.1") && !strings.Contains(net, "v1-025-128") && !strings.Contains(net, "model-bn") ||
				!strings.Contains(name, only) {
				continue
			}
			t.Run(name, func(t *testing.T) { adviceCase(t, name, data, net) })
		}
	}
}

func adviceCase(t *testing.T, name, data, net string) {
	flags := []Given{{Key: "data", Value: data}, {Key: "model", Value: net}, {Key: "cache", Value: "none"}}
	if g := groupFlag(data); g != nil {
		flags = append(flags, Given{Key: g[0], Value: g[1]})
	}
	var a AdviseSettings
	o, _, err := ParseInto(&a, Sources{Flags: append(flags, Given{Key: "output-dir", Value: filepath.Join(t.TempDir(), "advise")})})
	require.NoError(t, err)
	t0 := time.Now()
	advice, err := Advise(t.Context(), a, o, openTest(t), func(Event) {})
	require.NoError(t, err)
	adviceTook := time.Since(t0)
	m := advice.Models[0]

	var c CompareSettings
	o, _, err = ParseInto(&c, Sources{Flags: append(flags, Given{Key: "output-dir", Value: filepath.Join(t.TempDir(), "compare")})})
	require.NoError(t, err)
	t0 = time.Now()
	r, err := Compare(t.Context(), c, o, openTest(t), func(Event) {})
	require.NoError(t, err)
	took := time.Since(t0)
	for _, s := range r.Schemes {
		t.Logf("COMPARE %s %s %.3f %v %.0f s", name, s.Scheme, s.Accuracy, s.Versus, s.Seconds)
	}
	t.Logf("ADVICE %s %s %s in %.0f s, comparison %s in %.0f s", name, m.Scheme, m.HeadNode, adviceTook.Seconds(), r.Best, took.Seconds())
	require.LessOrEqual(t, adviceTook.Seconds(), .2*took.Seconds())
	for _, s := range r.Schemes {
		if s.Scheme == m.Scheme && (s.Versus == nil || !s.Versus.Separable()) {
			return
		}
	}
	given := []string{"scheme", m.Scheme}
	if m.HeadNode != "" {
		given = append(given, "head-node", m.HeadNode)
	}
	ours, best := pooled(t, data, net, given...), pooled(t, data, net, "scheme", r.Best)
	t.Logf("POOLED %s advised %.2f %%, best %.2f %%", name, ours, best)
	require.GreaterOrEqual(t, ours, best-1)
}
