package transfer

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/transfer/cache"
)

// keepBytes is the largest set of records that lies in memory and is written to disk
// as well, for the next run.
const keepBytes = 2 << 30

// Names of the two kinds of records.
const (
	featureRecords    = "features"    // input of the classifier
	activationRecords = "activations" // tensors that cross a cut
)

// caching reports whether --cache allows records of a kind.
func (j *job) caching(what string) bool {
	switch j.set.Cache {
	case "none", "decoded":
		return false
	case featureRecords, activationRecords:
		return j.set.Cache == what
	}
	return true // auto, all
}

// openPool makes the room for records: half of the free memory, less what decoded
// pictures may take, and a folder.
func (j *job) openPool() {
	dir := j.set.CacheDir
	if dir == "" {
		dir = cache.DefaultDir()
	}
	if !j.caching(featureRecords) && !j.caching(activationRecords) {
		dir = ""
	}
	ram := recordMemory() - decodedBudget(j.set.Cache)
	j.pool = cache.New(cache.Options{Dir: dir, RAM: max(ram, 0), Warn: func(s string) { j.sink(Warning{Text: s}) }})
}

// recordMemory is the memory that records may take; tests replace it.
var recordMemory = func() int64 { return freeMemory() / 2 }

// worth is "" if holding a phase's activations costs less than computing them again
// (SCHEMES §2): (epochs - views)·prefix > write + read.
func (p *prefix) worth(epochs, views int, level cache.Level) string {
	if epochs <= views {
		return fmt.Sprintf("%d epochs read each of %d views at most once", epochs, views)
	}
	if p.pictures == 0 {
		return "" // not measured
	}
	picture, speed := p.spent.Seconds()/float64(p.pictures), memorySpeed
	if level == cache.Disk {
		speed = diskSpeed
	}
	move := float64((epochs+views)*4*p.floats()) / speed
	if float64(epochs-views)*picture <= move {
		return "computing them again costs less than moving them"
	}
	return ""
}

// Bytes a second that records are assumed to move at, on the low side; tests on tiny
// networks raise them.
var memorySpeed, diskSpeed = 2e9, 200e6

// planLine describes record sets of one kind: "cache features ram 12 MB hit".
func planLine(sets ...*records) string {
	r, bytes, n, found := sets[0], int64(0), 0, 0
	for _, r := range sets {
		if !r.held() {
			return fmt.Sprintf("cache %s off: %s", r.what, r.reason)
		}
		n, found, bytes = n+len(r.at)*r.passes, found+len(r.at)*r.passes-r.lack, bytes+r.bytes()
	}
	line := fmt.Sprintf("cache %s %s %d MB %s", r.what, r.level, megabytes(bytes), hits(found, n))
	if note := r.stores[0].Note(); note != "" {
		line += " (" + note + ")"
	}
	return line
}

// hits says how many of n records a former run left.
func hits(found, n int) string {
	switch found {
	case 0:
		return "new"
	case n:
		return "hit"
	}
	return fmt.Sprintf("%d %% hit", 100*found/n)
}
