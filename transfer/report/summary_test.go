package report

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/transfer/metrics"
)

// example is summary.json as the CLI page prints it.
const example = `{"version":"0.1.0","exit":0,"scheme":"features","device":"cpu","classes":["female","male"],
 "counts":{"train":183,"val":61,"test":0,"skipped":0},
 "val":{"accuracy":0.98,"balanced_accuracy":0.98,"auc":0.99,"loss":0.07,"majority":0.52,"ci95":[0.93,0.99]},
 "test":null,"best_epoch":4,"epochs_run":6,"params":{"total":3373570,"trained":2562},
 "frozen":{"tensors":148,"unchanged":true},"parity":{"images":61,"labels_equal":61,"max_abs_dlogit":3.1e-6},
 "seconds":{"total":4.8,"decode":0.3,"prefix_pass":2.9,"train":0.9,"eval":0.1,"export":0.2},
 "img_per_s":{"prefix_pass":84.1,"train":5100.0},"peak_rss_bytes":310000000,"planned_bytes":250000000,"device_bytes":null}`

// Every key of the example is a field, every field a key of the example, in its order.
func TestSummaryKeys(t *testing.T) {
	d := json.NewDecoder(bytes.NewReader([]byte(example)))
	d.DisallowUnknownFields()
	var s Summary
	require.NoError(t, d.Decode(&s))
	path := filepath.Join(t.TempDir(), "summary.json")
	require.NoError(t, WriteSummary(path, &s))
	got := read(t, path)
	require.JSONEq(t, example, got)
	require.Equal(t, keys(t, example), keys(t, got))
}

// keys lists the object keys in the order of the text.
func keys(t *testing.T, s string) (out []string) {
	d := json.NewDecoder(bytes.NewReader([]byte(s)))
	for {
		tok, err := d.Token()
		if err != nil {
			return out
		}
		if k, ok := tok.(string); ok {
			out = append(out, k)
		}
	}
}

func TestUnknownIsNull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "summary.json")
	s := Summary{Seconds: Seconds{Train: Unknown()}, Val: &SplitResult{AUC: Number(math.Inf(1))}}
	require.NoError(t, WriteSummary(path, &s))
	var m map[string]any
	require.NoError(t, json.Unmarshal([]byte(read(t, path)), &m))
	for _, k := range []string{"test", "best_epoch", "frozen", "parity", "peak_rss_bytes", "planned_bytes", "device_bytes"} {
		require.Contains(t, m, k)
		require.Nil(t, m[k], k)
	}
	require.Nil(t, m["seconds"].(map[string]any)["train"])
	require.Nil(t, m["val"].(map[string]any)["auc"])
	require.Equal(t, []any{}, m["classes"])
	var back Summary
	require.NoError(t, json.Unmarshal([]byte(read(t, path)), &back))
	require.True(t, math.IsNaN(float64(back.Seconds.Train)))
}

func TestResultOf(t *testing.T) {
	r := &metrics.Result{Accuracy: .1, Balanced: .2, AUC: math.NaN(), Majority: .4, CI95: [2]float64{.05, .15}, LogLoss: 9}
	b, err := json.Marshal(ResultOf(r, .5))
	require.NoError(t, err)
	require.Equal(t, `{"accuracy":0.1,"balanced_accuracy":0.2,"auc":null,"loss":0.5,"majority":0.4,"ci95":[0.05,0.15]}`, string(b))
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(b)
}
