package onnxtest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/anatomy"
)

// Config says on what the suites run.
type Config struct {
	Backend graph.Backend
	// MaxMACs bounds one case: multiply-adds of one row times the rows that are
	// run. Larger ones are skipped and counted as such. 0: no bound.
	MaxMACs int64
	// MaxWeights bounds the weights of a case in bytes, for slow or small back
	// ends. 0: no bound.
	MaxWeights int64
	Batches    []int   // of RealExports; nil: 1, 3, 8
	RowTol     float64 // of a row in a batch against the row alone, relative; 0: 3e-5
}

func (c Config) batches() []int {
	if c.Batches == nil {
		return []int{1, 3, 8}
	}
	return c.Batches
}

func (c Config) rowTol() float64 {
	if c.RowTol == 0 {
		return 3e-5
	}
	return c.RowTol
}

// Root returns the asset folder: GOTL_ASSETS, else shared/assets beside the
// repository. The test is skipped where it is absent.
func Root(t testing.TB) string {
	root := os.Getenv("GOTL_ASSETS")
	if root == "" {
		root = beside("shared/assets")
	}
	if _, err := os.Stat(root); root == "" || err != nil {
		t.Skip("no asset folder: set GOTL_ASSETS")
	}
	return root
}

// beside looks for name next to the folder that holds go.mod.
func beside(name string) string {
	dir, err := os.Getwd()
	for err == nil && dir != filepath.Dir(dir) {
		if _, e := os.Stat(filepath.Join(dir, "go.mod")); e == nil {
			return filepath.Join(filepath.Dir(dir), name)
		}
		dir = filepath.Dir(dir)
	}
	return ""
}

// glob lists files below the asset folder; the test is skipped if there are none.
func glob(t *testing.T, pattern string) []string {
	files, err := filepath.Glob(filepath.Join(Root(t), pattern))
	if err != nil || len(files) == 0 {
		t.Skipf("no %s in the asset folder", pattern)
	}
	slices.Sort(files)
	return files
}

// score counts results and prints them at the end of a suite.
type score struct {
	mu      sync.Mutex
	passed  int
	failed  int
	skipped []string
	refused []string // "name: reason"
}

// run is one sub-test. f returns a reason if the case is refused.
func (s *score) run(t *testing.T, name string, f func(t *testing.T) (refused string)) {
	t.Run(name, func(t *testing.T) {
		defer func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			switch {
			case t.Failed():
				s.failed++
			case t.Skipped():
				s.skipped = append(s.skipped, name)
			}
		}()
		reason := f(t)
		s.mu.Lock()
		defer s.mu.Unlock()
		switch {
		case t.Failed(), t.Skipped():
		case reason != "":
			s.refused = append(s.refused, name+": "+reason)
		default:
			s.passed++
		}
	})
}

// report prints the line that the suites end with.
func (s *score) report(t *testing.T) {
	for _, r := range s.refused {
		t.Log("refused ", r)
	}
	if len(s.skipped) > 0 {
		t.Logf("%d skipped as too large for this back end: %s", len(s.skipped), strings.Join(s.skipped, ", "))
	}
	t.Logf("%d passed, %d failed, %d refused", s.passed, s.failed, len(s.refused))
}

// tooLarge skips a case that is over the configured bounds.
func (c Config) tooLarge(t *testing.T, g *graph.Graph, rows int) {
	n := 1
	if len(g.Inputs) > 0 && g.Inputs[0].Batched {
		n = g.Inputs[0].Shape[0]
	}
	macs := anatomy.TotalMACs(g) / int64(n) * int64(rows)
	if c.MaxMACs > 0 && macs > c.MaxMACs {
		t.Skipf("%d million multiply-adds, at most %d here", macs/1e6, c.MaxMACs/1e6)
	}
	if w := 4 * anatomy.Params(g.Nodes); c.MaxWeights > 0 && w > c.MaxWeights {
		t.Skipf("%d MB of weights, at most %d here", w>>20, c.MaxWeights>>20)
	}
}

// caseName is the file's name without extension, below its folder if that is
// what tells cases apart.
func caseName(file string, withFolder bool) string {
	name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	if withFolder {
		return fmt.Sprintf("%s/%s", filepath.Base(filepath.Dir(file)), name)
	}
	return name
}
