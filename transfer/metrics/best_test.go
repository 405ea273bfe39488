package metrics

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBestOrder(t *testing.T) {
	for _, c := range []struct {
		name        string
		score, loss float64
		want        bool
	}{
		{"higher score wins over any loss", .81, 9, true},
		{"lower score never wins", .79, 0, false},
		{"equal score, lower loss", .8, .4, true},
		{"equal score, equal loss: the earlier stays", .8, .5, false},
		{"equal score, higher loss", .8, .6, false},
		{"undefined score", math.NaN(), 0, false},
		{"equal score, undefined loss", .8, math.NaN(), false},
	} {
		b := Best{Known: true, Epoch: 1, Score: .8, Loss: .5}
		require.Equal(t, c.want, b.Offer(2, c.score, c.loss), c.name)
		require.Equal(t, c.want, b.Epoch == 2, c.name)
	}
}

func TestFirstIsAlwaysTaken(t *testing.T) {
	var b Best
	require.True(t, b.Offer(0, math.NaN(), math.Inf(1)))
	require.True(t, b.Offer(1, 0, 5), "a defined score beats an undefined one")
}

// Patience 2: best at epoch 1, two worse epochs, stop. Resuming through JSON
// before every epoch changes nothing.
func TestEarlyStopSurvivesJSON(t *testing.T) {
	s := EarlyStop{Patience: 2}
	scores := []float64{.5, .6, .6, math.NaN(), .7}
	var at []int
	for e, x := range scores {
		b, err := json.Marshal(s)
		require.NoError(t, err)
		var back EarlyStop
		require.NoError(t, json.Unmarshal(b, &back))
		require.Equal(t, s, back)
		s = back
		improved, stop := s.Offer(e, x, 1./3)
		if improved {
			at = append(at, e)
		}
		if stop {
			require.Equal(t, 3, e)
			break
		}
		require.NotEqual(t, 3, e)
	}
	require.Equal(t, []int{0, 1}, at)
	require.Equal(t, 1, s.Best.Epoch)
}

func TestPatienceZeroNeverStops(t *testing.T) {
	s := EarlyStop{}
	for e := range 100 {
		_, stop := s.Offer(e, 0, 0)
		require.False(t, stop)
	}
}
