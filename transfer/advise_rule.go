package transfer

import (
	"fmt"
	"math"

	"github.com/gotl-gpu/gotl-gpu/transfer/metrics"
)

// What the rule calls much, little and nothing.
const (
	muchData  = 1000 // pictures from which fine-tuning is expected to pay
	fewInAll  = 20   // of a class, below which only features are advised
	trailing  = .01  // accuracy that is not worth a dearer scheme
	saturated = .99  // accuracy beyond which nothing is left to gain
)

// recommend applies the rule of SCHEMES §4: the cheapest candidate that the best one is
// not clearly better than. Bodies that were not trained are judged by the amount of
// data and what is left to gain.
func (a *adviser) recommend() {
	best := a.best()
	var chosen *Candidate
	for _, c := range a.out.Candidates {
		if !c.Measured {
			continue
		}
		diff := metrics.Minus(c.right, best.right)
		c.ToBest, c.Trails = metrics.Bootstrap(diff, a.groups, metrics.AdviseRounds, a.set.Seed), best.Accuracy.Accuracy-c.Accuracy.Accuracy
		if chosen == nil && (c == best || c.ToBest[1] >= 0 || c.Trails < trailing) {
			chosen = c
		}
	}
	a.choose(chosen)
	if chosen == best {
		a.because("%s (%s) is best: %.1f %% out of fold", best.Scheme, best.How, 100*best.Accuracy.Accuracy)
	} else {
		a.because("%s (%s) with %.1f %% is the cheapest that %s (%s) with %.1f %% is not clearly better than", chosen.Scheme, chosen.How,
			100*chosen.Accuracy.Accuracy, best.Scheme, best.How, 100*best.Accuracy.Accuracy)
	}
	a.few(chosen)
	a.explain()
}

// best is the measured candidate with the highest accuracy, the cheaper of equals.
func (a *adviser) best() (best *Candidate) {
	for _, c := range a.out.Candidates {
		if c.Measured && (best == nil || c.Accuracy.Accuracy > best.Accuracy.Accuracy) {
			best = c
		}
	}
	return best
}

func (a *adviser) choose(c *Candidate) {
	a.out.Scheme, a.out.HeadNode = c.Scheme, c.node
	s := a.set
	s.Scheme = c.Scheme
	a.out.LR = a.newTrial(s, nil).lr()
	if c.Scheme == "direct" {
		a.out.LR = 0
	}
}

func (a *adviser) because(format string, args ...any) {
	a.out.Reasons = append(a.out.Reasons, fmt.Sprintf(format, args...))
}

// few decides what was not measured: by the smallest class, by what the pixels alone
// tell, and by the amount of data.
func (a *adviser) few(chosen *Candidate) {
	tune := a.candidate("finetune")
	least := math.MaxInt
	count := make([]int, len(a.data.Classes))
	for _, y := range a.s.labels {
		count[y]++
	}
	for _, n := range count {
		least = min(least, n)
	}
	nothing := a.knowsNothing()
	switch {
	case tune.Measured:
	case nothing:
		a.choose(tune)
		a.because("the network's features tell no more than the pixels themselves (%.1f %%): look for another network, or train all of this one", 100*a.out.RawPixels.Accuracy)
	case least < fewInAll:
		a.because("%d pictures of the rarest class: too few to train a body", least)
	case chosen.Accuracy.CI95[1] >= saturated:
		a.because("little is left to gain: the interval reaches %.1f %%", 100*chosen.Accuracy.CI95[1])
	case len(a.trainAt) >= muchData:
		a.choose(tune)
		a.because("%d training pictures and errors left (%.1f %%): fine-tuning is expected to gain; --deep measures it", len(a.trainAt), 100*(1-chosen.Accuracy.Accuracy))
	default:
		a.because("%d training pictures: fine-tuning is not expected to gain and may lose; --deep measures it", len(a.trainAt))
	}
}

// knowsNothing: the best features are not clearly better than the pixels.
func (a *adviser) knowsNothing() bool {
	if a.rawRight == nil {
		return false
	}
	for _, c := range a.out.Candidates {
		if c.Scheme != "features" {
			continue
		}
		if d := metrics.Bootstrap(metrics.Minus(c.right, a.rawRight), a.groups, metrics.AdviseRounds, a.set.Seed); d[0] > 0 {
			return false
		}
	}
	return true
}

func (a *adviser) candidate(scheme string) *Candidate {
	for _, c := range a.out.Candidates {
		if c.Scheme == scheme {
			return c
		}
	}
	return nil
}

// explain adds what the table of little and much, similar and different, goes by.
func (a *adviser) explain() {
	c := a.out.Curve
	if gain := c[2].Accuracy - c[1].Accuracy; gain > trailing {
		a.because("the learning curve rises: %.1f points from half of the data to all of it; more pictures will help", 100*gain)
	} else {
		a.because("the learning curve is flat: %+.1f points from half of the data to all of it", 100*gain)
	}
	top := 0
	for i, d := range a.out.Depths {
		if d.Probe.Accuracy > a.out.Depths[top].Probe.Accuracy {
			top = i
		}
	}
	if last := a.out.Depths[len(a.out.Depths)-1]; last.Probe.Accuracy > a.out.Depths[top].Probe.Accuracy-trailing {
		a.because("no earlier features are better than the last: source and target are alike")
	} else {
		a.because("the best features lie at %.0f %% of the depth: the target differs from the source", 100*a.out.Depths[top].Share)
	}
}
