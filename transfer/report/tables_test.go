package report

import (
	"bytes"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/metrics"
)

func TestResultsCSV(t *testing.T) {
	rows := []Epoch{
		{1, 2.5, .7, .6, .9, 1, .89, .97, 1e-3, 1e-5},
		{2, 3.25, 1. / 3, math.NaN(), .5, .5, .5, math.NaN(), 5e-4, 5e-4},
	}
	var b bytes.Buffer
	b.WriteString(ResultsHeader())
	for i := range rows {
		require.NoError(t, rows[i].Append(&b))
	}
	require.Equal(t, "epoch,time,train/loss,val/loss,metrics/accuracy_top1,metrics/accuracy_top5,"+
		"metrics/balanced_accuracy,metrics/auc,lr/pg0,lr/pg1\n"+
		"1,2.5,0.7,0.6,0.9,1,0.89,0.97,0.001,1e-05\n"+
		"2,3.25,0.3333333333333333,,0.5,0.5,0.5,,0.0005,0.0005\n", b.String())
	got, err := ReadResults(&b)
	require.NoError(t, err)
	require.Len(t, got, 2)
	require.Equal(t, rows[0], got[0])
	require.True(t, math.IsNaN(got[1].ValLoss) && math.IsNaN(got[1].AUC))
	require.Equal(t, 1./3, got[1].TrainLoss)
}

func TestReadResultsRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "results.csv:1",
		"a,b\n":                          "results.csv:1",
		ResultsHeader() + "1,2\n":        "line 2",
		ResultsHeader() + "x,,,,,,,,,\n": "results.csv:2",
		ResultsHeader() + "1,,,,,,,,,\n1,x,,,,,,,,\n": "results.csv:3",
	} {
		_, err := ReadResults(strings.NewReader(text))
		require.ErrorIs(t, err, fault.ErrData, text)
		require.ErrorContains(t, err, want)
	}
}

func TestStepRecord(t *testing.T) {
	var b bytes.Buffer
	rss := int64(1 << 30)
	s := Step{Step: 3, Epoch: 1, Loss: .5, LR: 1e-3, ImgPerS: 80, GradNorm: Unknown(), DataWaitMS: 1.5, ComputeMS: 20,
		CommMS: Unknown(), RSSBytes: &rss, Skipped: 2, MicroBatch: 32}
	require.NoError(t, s.Append(&b))
	require.Equal(t, `{"step":3,"epoch":1,"loss":0.5,"lr":0.001,"img_per_s":80,"grad_norm":null,"data_wait_ms":1.5,`+
		`"compute_ms":20,"comm_ms":null,"rss_bytes":1073741824,"c_bytes":null,"device_bytes":null,"skipped":2,"micro_batch":32}`+"\n", b.String())
}

func TestConfusionCSV(t *testing.T) {
	path := filepath.Join(t.TempDir(), "confusion_matrix.csv")
	require.NoError(t, WriteConfusionCSV(path, []string{"a,b", "c"}, [][]int{{113, 5}, {4, 122}}))
	require.Equal(t, "true\\predicted,\"a,b\",c\n\"a,b\",113,5\nc,4,122\n", read(t, path))
	require.ErrorIs(t, WriteConfusionCSV(path, []string{"a"}, [][]int{{1, 2}}), fault.ErrInternal)
	require.ErrorIs(t, WriteConfusionPNG(path, []string{"a"}, nil), fault.ErrInternal)
}

func TestPerClassCSV(t *testing.T) {
	path := filepath.Join(t.TempDir(), "per_class.csv")
	r, err := metrics.FromPredictions([]int{0, 0}, []int{0, 1}, 2)
	require.NoError(t, err)
	require.NoError(t, WritePerClassCSV(path, []string{"x", "y"}, r.Classes))
	lines := strings.Split(read(t, path), "\n")
	require.Equal(t, "class,support,predicted,correct,precision,precision_low,precision_high,recall,recall_low,recall_high,f1,f1_low,f1_high", lines[0])
	// Wilson of 1 in 2: (½ ± z·√(1/8+z²/16)/…) = .0945 … .9055; never predicted: empty.
	require.Regexp(t, `^x,1,2,1,0\.5,0\.0945\d+,0\.905\d+,1,0\.206\d+,1,0\.666\d+,,$`, lines[1])
	require.Regexp(t, `^y,1,0,0,,,,0,0,0\.793\d+,0,,$`, lines[2])
	require.ErrorIs(t, WritePerClassCSV(path, []string{"x"}, r.Classes), fault.ErrInternal)
}

func TestPredictions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "predictions_val.csv")
	p := &Predictions{
		Classes: []string{"cat", "dog"}, Paths: []string{"a.jpg", "b \"c\".jpg", "d\n.jpg"}, Labels: []int{0, 0, -1},
		Probs: []float32{.75, .25, .1, .9, .5, .5},
	}
	require.NoError(t, WritePredictions(path, p))
	require.Equal(t, "path,true,pred,p_cat,p_dog,loss\n"+
		"a.jpg,cat,cat,0.75,0.25,0.2876820724517809\n"+ // -ln .75
		"\"b \"\"c\"\".jpg\",cat,dog,0.1,0.9,2.3025850780928847\n"+ // -ln float32(.1)
		"\"d\n.jpg\",,cat,0.5,0.5,\n", read(t, path))
	p.Loss = []float64{1, 2, 3}
	require.NoError(t, WritePredictions(path, p))
	require.Contains(t, read(t, path), "a.jpg,cat,cat,0.75,0.25,1\n")
	p.Labels[0] = 2
	require.ErrorIs(t, WritePredictions(path, p), fault.ErrInternal)
	p.Labels = nil
	require.ErrorIs(t, WritePredictions(path, p), fault.ErrInternal)
	require.ErrorIs(t, WriteConfusionCSV(filepath.Join(path, "x"), nil, nil), fault.ErrStorage)
}
