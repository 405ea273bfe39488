package metrics

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/philox"
)

// Worked by hand: confidences .9 .9 .6 .6, right right right wrong: bins of .9 (gap .1)
// and .6 (gap .1) of two rows each.
func TestECE(t *testing.T) {
	p := []float64{.9, .1, .1, .9, .6, .4, .4, .6}
	ece, bins := ECE(p, []int{0, 1, 0, 0}, 2)
	require.InDelta(t, .1, ece, 1e-12)
	require.Equal(t, 2, bins[13].N) // (13/15, 14/15]
	require.Equal(t, 2, bins[8].N)  // (8/15, 9/15], .6 is its upper end
	ece, _ = ECE([]float64{1, 0, 1, 0}, []int{0, 0}, 2)
	require.InDelta(t, 0, ece, 0)
	ece, _ = ECE([]float64{1, 0}, []int{1}, 2)
	require.InDelta(t, 1, ece, 0)
	ece, _ = ECE(nil, nil, 2)
	require.True(t, math.IsNaN(ece))
}

// Labels drawn from softmax(z) and logits given as 2.5·z: the temperature is 2.5 but
// for the sample; and it is the minimum of a plain search.
func TestTemperature(t *testing.T) {
	const n, k = 4000, 3
	s := philox.New(5, 0, 0, "temperature")
	logits, labels := make([]float32, n*k), make([]int, n)
	for i := range n {
		z := []float64{s.Normal(uint32(4 * i)), s.Normal(uint32(4*i + 1)), s.Normal(uint32(4*i + 2))}
		sum := math.Exp(z[0]) + math.Exp(z[1]) + math.Exp(z[2])
		u := float64(philox.New(6, 0, uint32(i), "draw").Float(0)) * sum
		for c := range k {
			if u -= math.Exp(z[c]); u < 0 {
				labels[i] = c
				break
			}
		}
		for c := range k {
			logits[i*k+c] = float32(2.5 * z[c])
		}
	}
	temp := Temperature(logits, labels, k)
	require.InDelta(t, 2.5, temp, .25)
	best, at := math.Inf(1), 0.0
	for x := coldest; x <= hottest; x *= 1.001 {
		if v := meanNLL(logits, labels, k, x); v < best {
			best, at = v, x
		}
	}
	require.InEpsilon(t, at, temp, 2e-3)
	before, _ := ECE(Softmax(logits, k, 1), labels, k)
	after, _ := ECE(Softmax(logits, k, temp), labels, k)
	require.Less(t, after, before/2)
	require.InDelta(t, coldest, Temperature([]float32{1, 0}, []int{0}, 2), 1e-6) // certain and right: the limit
	require.InDelta(t, hottest, Temperature([]float32{1, 0}, []int{1}, 2), 1e-4)
	require.InDelta(t, 1, Temperature(nil, nil, 2), 0)
}

// Confidence falls .95 .9 .8 .8 .7 .6, the third and the last are wrong.
func TestAbstain(t *testing.T) {
	conf := []float64{.8, .95, .6, .9, .8, .7}
	var p []float64
	for _, c := range conf {
		p = append(p, c, 1-c)
	}
	labels := []int{1, 0, 1, 0, 0, 0}
	c := AbstainBelow(p, labels, 2, .8)
	require.Equal(t, []int{4, 6, 1}, []int{c.Answered, c.N, c.Errors})
	require.InDelta(t, .25, c.Error, 0)
	require.InDelta(t, Wilson(1, 4)[1], c.Upper, 0)
	require.Equal(t, 2, RiskAt(p, labels, 2, .01).Answered)
	require.Equal(t, 5, RiskAt(p, labels, 2, .2).Answered) // 1 of 5
	require.Equal(t, 6, RiskAt(p, labels, 2, .34).Answered)
	// Wilson's upper end: 2 right .657, 4 with an error .699, 5 with one .624, 6 with two .700
	require.Equal(t, 5, TargetError(p, labels, 2, .65).Answered)
	require.Equal(t, 6, TargetError(p, labels, 2, .71).Answered)
	none := TargetError(p, labels, 2, .5)
	require.Zero(t, none.Answered)
	require.True(t, math.IsInf(none.Threshold, 1))
	require.True(t, math.IsNaN(none.Error))
}

// Forty rows of a with five errors, forty of b without, three of c that are too few.
func TestByGroup(t *testing.T) {
	var probs []float32
	var labels []int
	var sex, light []string
	add := func(n, wrong int, s, l string) {
		for i := range n {
			y := 0
			if i < wrong {
				y = 1
			}
			probs, labels, sex, light = append(probs, .8, .2), append(labels, y), append(sex, s), append(light, l)
		}
	}
	add(40, 5, "a", "day")
	add(40, 0, "b", "day")
	add(3, 3, "c", "")
	r, err := ByGroup(probs, labels, 2, map[string][]string{"sex": sex, "light": light})
	require.NoError(t, err)
	require.Equal(t, []string{"light=day", "sex=a", "sex=b", "sex=c"}, []string{r.Groups[0].Name, r.Groups[1].Name, r.Groups[2].Name, r.Groups[3].Name})
	require.True(t, r.Groups[3].Few)
	require.Equal(t, "sex=a", r.Worst)
	require.InDelta(t, .125, r.Gap, 1e-12)
	require.True(t, r.Caution)
	require.Equal(t, Wilson(35, 40), r.Groups[1].CI95)
	require.Len(t, r.Intersections, 2)
	one, err := ByGroup(probs[:160], labels[:80], 2, map[string][]string{"light": light[:80]})
	require.NoError(t, err)
	require.True(t, math.IsNaN(one.Gap))
	require.False(t, one.Caution)
}
