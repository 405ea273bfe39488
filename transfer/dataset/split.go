package dataset

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// SplitOptions say how unsplit rows are divided.
type SplitOptions struct {
	Val, Test float64 // shares of the rows
	Seed      uint64
	Mode      string // hash (default) or blocks: contiguous by file name
}

// Split divides the rows that have no split yet; if the user gave training but
// no validation rows, the latter are taken from the former. Rows of a unit (equal bytes,
// equal group) stay together. Rank is SHA-256(seed ‖ id), so new files move few
// others; each split gets at least one unit of a class that has enough.
func (s *Set) Split(o SplitOptions) error {
	if o.Val < 0 || o.Test < 0 || o.Val+o.Test >= 1 || math.IsNaN(o.Val+o.Test) {
		return fmt.Errorf("%w: val split %v and test split %v, want a sum below 1", fault.ErrUsage, o.Val, o.Test)
	}
	p := s.newPartition(o)
	if len(p.units) == 0 {
		return nil
	}
	switch o.Mode {
	case "", "hash":
		if s.Grouped {
			p.byNeed()
		} else {
			p.stratified()
		}
	case "blocks":
		p.blocks()
	default:
		return fmt.Errorf("%w: split mode %q; known: hash, blocks", fault.ErrUsage, o.Mode)
	}
	p.apply()
	return p.check()
}

// HoldOut makes the validation rows the test rows of a set that has none, so that
// Split takes new validation rows from the training rows.
func (s *Set) HoldOut() {
	for i := range s.Samples {
		if s.Samples[i].Split == Val {
			s.Samples[i].Split = Test
		}
	}
}

// unit is a set of rows that stay together.
type unit struct {
	rows  []int
	rank  [sha256.Size]byte
	count []int // rows of each class
	to    Split
}

// partition is one Split in progress.
type partition struct {
	s     *Set
	o     SplitOptions
	units []*unit
	total []int // rows of each class
	share [4]float64
}

// newPartition collects the pool: rows without a split, else all training rows
// if validation (or a wanted test) is missing.
func (s *Set) newPartition(o SplitOptions) *partition {
	p := &partition{s: s, o: o, total: make([]int, len(s.Classes))}
	var has [4]int
	for i := range s.Samples {
		has[s.Samples[i].Split]++
	}
	p.share[Val], p.share[Test] = o.Val, o.Test
	pool := Unset
	if has[Val] > 0 {
		p.share[Val] = 0
	}
	if has[Test] > 0 {
		p.share[Test] = 0
	}
	if has[Unset] == 0 {
		pool = Train
		if p.share[Val]+p.share[Test] == 0 {
			return p
		}
	}
	p.share[Train] = 1 - p.share[Val] - p.share[Test]
	at := map[int]*unit{}
	for i := range s.Samples {
		x := &s.Samples[i]
		if x.Split != pool {
			continue
		}
		u := at[s.units[i]]
		if u == nil {
			u = &unit{count: make([]int, len(s.Classes)), rank: rank(o.Seed, x)}
			at[s.units[i]] = u
			p.units = append(p.units, u)
		}
		u.rows = append(u.rows, i)
		u.count[x.Label]++
		p.total[x.Label]++
	}
	return p
}

// rank is SHA-256(seed ‖ id); id is the group, else the path.
func rank(seed uint64, x *Sample) [sha256.Size]byte {
	id := x.Group
	if id == "" {
		id = x.Path
	}
	return sha256.Sum256(append(binary.LittleEndian.AppendUint64(nil, seed), id...))
}

// classUnits lists the units whose first row is of class c.
func (p *partition) classUnits(c int) []*unit {
	var us []*unit
	for _, u := range p.units {
		if p.s.Samples[u.rows[0]].Label == c {
			us = append(us, u)
		}
	}
	return us
}

// stratified gives each class's first units in rank order to val, then test.
func (p *partition) stratified() {
	for c := range p.total {
		us := p.classUnits(c)
		slices.SortFunc(us, func(a, b *unit) int { return bytes.Compare(a.rank[:], b.rank[:]) })
		rows := 0
		for _, u := range us {
			rows += len(u.rows)
		}
		left := len(us) - 1 // one unit stays for training
		for _, split := range []Split{Val, Test} {
			want := int(math.Round(p.share[split] * float64(rows)))
			if p.share[split] > 0 {
				want = max(want, 1)
			}
			for got := 0; got < want && left > 0; left-- {
				us[0].to = split
				got += len(us[0].rows)
				us = us[1:]
			}
		}
		for _, u := range us {
			u.to = Train
		}
	}
}

// blocks gives each class's first ⌊share·n⌋ rows in path order to train, the
// next to test, the last to val.
func (p *partition) blocks() {
	for c := range p.total {
		us := p.classUnits(c)
		n := 0
		for _, u := range us {
			n += len(u.rows)
		}
		train := int(p.share[Train]*float64(n) + 1e-9)
		test := int(math.Round(p.share[Test] * float64(n)))
		if p.share[Val] == 0 {
			test = n - train
		}
		at := 0
		for _, u := range us {
			switch {
			case at < train:
				u.to = Train
			case at < train+test:
				u.to = Test
			default:
				u.to = Val
			}
			at += len(u.rows)
		}
	}
}

// byNeed gives whole groups, in rank order, to the split with the largest
// remaining need of their classes.
func (p *partition) byNeed() {
	slices.SortFunc(p.units, func(a, b *unit) int { return bytes.Compare(a.rank[:], b.rank[:]) })
	var need [4][]float64
	for _, split := range []Split{Train, Val, Test} {
		for _, n := range p.total {
			need[split] = append(need[split], p.share[split]*float64(n))
		}
	}
	for _, u := range p.units {
		best := math.Inf(-1)
		for _, split := range []Split{Train, Val, Test} {
			if p.share[split] == 0 {
				continue
			}
			if v := p.score(u, need[split]); v > best {
				best, u.to = v, split
			}
		}
		for c, n := range u.count {
			need[u.to][c] -= float64(n)
		}
	}
	p.atLeastOne()
}

// score is the group's rows weighted by the share of each class still needed.
func (p *partition) score(u *unit, need []float64) (v float64) {
	for c, n := range u.count {
		if n > 0 {
			v += float64(n) * need[c] / float64(p.total[c])
		}
	}
	return v
}

// atLeastOne moves the last-ranked unit of a class from train to a split that
// has none of it, as long as train keeps one.
func (p *partition) atLeastOne() {
	for c := range p.total {
		for _, split := range []Split{Val, Test} {
			var in, train []*unit
			for _, u := range p.units {
				if u.count[c] > 0 && u.to == split {
					in = append(in, u)
				}
				if u.count[c] > 0 && u.to == Train {
					train = append(train, u)
				}
			}
			if p.share[split] > 0 && len(in) == 0 && len(train) > 1 {
				train[len(train)-1].to = split
			}
		}
	}
}

func (p *partition) apply() {
	slices.SortFunc(p.units, func(a, b *unit) int { return cmp.Compare(a.rows[0], b.rows[0]) })
	for _, u := range p.units {
		for _, i := range u.rows {
			p.s.Samples[i].Split = u.to
		}
	}
}

// check warns of shares more than 2 points off and of classes a split lacks.
func (p *partition) check() error {
	var n [4]int
	all := 0
	for _, u := range p.units {
		n[u.to] += len(u.rows)
		all += len(u.rows)
	}
	for _, split := range []Split{Train, Val, Test} {
		got := float64(n[split]) / float64(all)
		if math.Abs(got-p.share[split]) > 0.02 {
			p.s.warn("%s got %.1f %% of the pictures, %.1f %% were asked for", split, 100*got, 100*p.share[split])
		}
		if p.share[split] == 0 {
			continue
		}
		for c, k := range p.s.Counts(split) {
			if k == 0 && p.total[c] > 0 {
				p.s.warn("%s has no picture of class %s", split, fault.Clean(p.s.Classes[c]))
			}
		}
	}
	return nil
}
