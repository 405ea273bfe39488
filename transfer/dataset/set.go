package dataset

import (
	"crypto/sha256"
	"path/filepath"

	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/picture"
)

// Split says which part of the data a sample belongs to.
type Split uint8

// The splits. Unset rows wait for [Set.Split].
const (
	Unset Split = iota
	Train
	Val
	Test
)

// String returns "", "train", "val" or "test".
func (s Split) String() string { return [...]string{"", "train", "val", "test"}[s] }

// Sample is one usable picture of a Set.
type Sample struct {
	Path   string // relative to Set.Root, slashes
	Label  int    // index into Set.Classes
	Split  Split
	Group  string // samples of one group never stand in two splits; "" = alone
	Weight float32

	Size        int64
	SHA256      [sha256.Size]byte
	W, H        int32 // as stored
	Format      picture.Format
	Orientation uint8
}

// Skip is a picture that cannot be used.
type Skip struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
	label  string
}

// Set is a scanned data set: rows sorted by path.
type Set struct {
	Root     string // folder the paths are relative to
	Format   string // adapter: imagefolder, csv, jsonl
	Samples  []Sample
	Classes  []string
	Skipped  []Skip         // unusable pictures
	Ignored  map[string]int // files and folders that are no pictures, by reason
	Warnings []string
	Grouped  bool

	options Options
	units   []int // of each sample: lowest index of its duplicates and group
}

// file returns the path to open for sample i.
func (s *Set) file(i int) string { return join(s.Root, s.Samples[i].Path) }

func join(root, path string) string {
	p := filepath.FromSlash(path)
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(root, p)
}

// Indices lists the samples of a split in ascending order.
func (s *Set) Indices(split Split) []int {
	var at []int
	for i := range s.Samples {
		if s.Samples[i].Split == split {
			at = append(at, i)
		}
	}
	return at
}

// Counts returns the number of samples of each class in a split.
func (s *Set) Counts(split Split) []int {
	n := make([]int, len(s.Classes))
	for i := range s.Samples {
		if s.Samples[i].Split == split {
			n[s.Samples[i].Label]++
		}
	}
	return n
}
