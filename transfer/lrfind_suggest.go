package transfer

import (
	"fmt"
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// suggest reads four rates off a sweep, as fastai's functions of these names do.
func suggest(p []LRPoint) (*LRResult, error) {
	if len(p) < 10 {
		return nil, fault.New(fault.ErrDiverged, "the sweep ended at once", "lrfind", fmt.Sprintf("%d steps before the loss was %g times its best", len(p), lrWorse),
			"check the preparation of the pictures: gotl-gpu inspect MODEL")
	}
	r := &LRResult{Points: p, Steep: steep(p), Minimum: least(p), Valley: valley(p), Slide: slide(p)}
	return r, nil
}

// slope is the change of the loss by ln rate from point i to the next.
func slope(p []LRPoint, i int) float64 {
	return (p[i+1].Loss - p[i].Loss) / (math.Log(p[i+1].LR) - math.Log(p[i].LR))
}

// steep is the rate of the steepest fall.
func steep(p []LRPoint) float64 {
	best := 0
	for i := range len(p) - 1 {
		if slope(p, i) < slope(p, best) {
			best = i
		}
	}
	return p[best].LR
}

// least is a tenth of the rate of the least loss.
func least(p []LRPoint) float64 {
	best := 0
	for i := range p {
		if p[i].Loss < p[best].Loss {
			best = i
		}
	}
	return p[best].LR / 10
}

// valley is half way into the fall: a third and a half third along the longest strictly
// falling subsequence of losses, counted back from its end by its length.
func valley(p []LRPoint) float64 {
	length, end := make([]int, len(p)), 0
	for i := range p {
		length[i] = 1
		for k := range i {
			if p[k].Loss > p[i].Loss {
				length[i] = max(length[i], length[k]+1)
			}
		}
		if length[i] > length[end] {
			end = i
		}
	}
	start := end + 1 - length[end]
	third := float64(end-start) / 3
	return p[start+int(third)+int(third/2)].LR
}

// slide walks back from the end in a window of 15 points until the slopes at its ends
// differ by no more than .005, and takes the rate at the window's left end.
func slide(p []LRPoint) float64 {
	const window, flat = 15, .005
	right := len(p) - 1
	left := max(0, right-window)
	rate := p[left].LR
	for left >= 0 && math.Abs(gradient(p, right)-gradient(p, left)) > flat {
		rate = p[left].LR
		left, right = left-1, right-1
	}
	return rate
}

// gradient is the central difference of the loss by point.
func gradient(p []LRPoint, i int) float64 {
	a, b := max(0, i-1), min(len(p)-1, i+1)
	return (p[b].Loss - p[a].Loss) / float64(b-a)
}
