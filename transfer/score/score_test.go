package score

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/philox"
)

type golden struct {
	D, Classes, Zsrc int
	F, P             [][]float64
	Y                []int
	LogME            float64 `json:"LogME_rank_corrected"`
	H                float64 `json:"H_regularised_formula"`
	LEEP, NCE        float64
}

func flat(rows [][]float64) (out []float64) {
	for _, r := range rows {
		out = append(out, r...)
	}
	return out
}

// TestGolden holds all scores of the test material to 1e-9 (its NOTES say how the
// values were worked out).
func TestGolden(t *testing.T) {
	root := os.Getenv("GOTL_ASSETS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "assets")
	}
	files, err := filepath.Glob(filepath.Join(root, "conformance", "*", "*scores*.json"))
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("test material is not here (set GOTL_ASSETS)")
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		var cases []golden
		require.NoError(t, json.Unmarshal(b, &cases))
		require.NotEmpty(t, cases)
		for _, c := range cases {
			f, p := flat(c.F), flat(c.P)
			check := func(want float64) func(float64, error) {
				return func(got float64, err error) {
					t.Helper()
					require.NoError(t, err)
					require.InDelta(t, want, got, 1e-9)
				}
			}
			check(c.LogME)(LogME(f, c.D, c.Y, c.Classes))
			check(c.H)(H(f, c.D, c.Y, c.Classes))
			check(c.LEEP)(LEEP(p, c.Zsrc, c.Y, c.Classes))
			check(c.NCE)(NCE(p, c.Zsrc, c.Y, c.Classes))
		}
	}
}

// Worked by hand: two rows of each class. NCE: z = 0 0 1 1 for labels 0 0 1 0 gives
// (1·ln 1 ·2 + ln ½ + ln ½)/4.
func TestByHand(t *testing.T) {
	theta := []float64{1, 0, 1, 0, 0, 1, 0, 1}
	labels := []int{0, 0, 1, 0}
	nce, err := NCE(theta, 2, labels, 2)
	require.NoError(t, err)
	require.InDelta(t, 2*math.Log(.5)/4, nce, 1e-15)
	leep, err := LEEP(theta, 2, labels, 2) // the same: θ is certain
	require.NoError(t, err)
	require.InDelta(t, nce, leep, 1e-15)
	leep, err = LEEP([]float64{1, 0, 0, 0, 1, 0}, 3, []int{0, 1}, 2) // a source class never seen
	require.NoError(t, err)
	require.InDelta(t, 0, leep, 1e-15)
}

// Features that tell the classes apart score higher than noise.
func TestOrder(t *testing.T) {
	const n, d = 60, 80
	noise, told, labels := make([]float64, n*d), make([]float64, n*d), make([]int, n)
	s := philox.New(1, 0, 0, "score test")
	for i := range labels {
		labels[i] = i % 3
		for k := range d {
			noise[i*d+k] = s.Normal(uint32(i*d + k))
			told[i*d+k] = noise[i*d+k]
		}
		told[i*d+labels[i]] += 4
	}
	for name, score := range map[string]func([]float64, int, []int, int) (float64, error){"LogME": LogME, "H": H} {
		a, err := score(noise, d, labels, 3)
		require.NoError(t, err)
		b, err := score(told, d, labels, 3)
		require.NoError(t, err)
		require.Greater(t, b, a, name)
	}
}

// What has no score is refused; repeated columns are no reason to.
func TestRefused(t *testing.T) {
	for name, score := range map[string]func([]float64, int, []int, int) (float64, error){"LogME": LogME, "H": H, "LEEP": LEEP, "NCE": NCE} {
		for _, c := range []struct {
			x      []float64
			dim    int
			labels []int
			want   error
		}{
			{nil, 2, nil, fault.ErrData},
			{[]float64{1, 2, 3, 4}, 2, []int{1, 1}, fault.ErrData},
			{[]float64{1, math.NaN(), 3, 4}, 2, []int{0, 1}, fault.ErrData},
			{[]float64{1, math.Inf(1), 3, 4}, 2, []int{0, 1}, fault.ErrData},
			{nil, 0, []int{0, 1}, fault.ErrInternal},
			{[]float64{1, 2, 3}, 2, []int{0, 1}, fault.ErrInternal},
			{[]float64{1, 2, 3, 4}, 2, []int{0, 2}, fault.ErrInternal},
		} {
			_, err := score(c.x, c.dim, c.labels, 2)
			require.ErrorIs(t, err, c.want, name)
		}
		v, err := score([]float64{.2, .2, .4, .4, .9, .9, .5, .5}, 2, []int{0, 0, 1, 1}, 2)
		require.NoError(t, err, name)
		require.False(t, math.IsNaN(v) || math.IsInf(v, 0), name)
	}
	_, err := H([]float64{1, 1, 1, 1}, 1, []int{0, 1, 0, 1}, 2)
	require.ErrorIs(t, err, fault.ErrData)
}
