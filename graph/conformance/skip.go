package conformance

import (
	"path"
	"sort"
	"sync"
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// Option changes a run of the suite.
type Option func(*suite)

// Skip publishes what a back end does not support, as names of cases
// ("Conv/int8 groups 2") or patterns of path.Match ("Conv/int8 *"). A case may
// only be refused if it is listed, must not run if it is, and an entry that
// fits no case is a failure too.
func Skip(patterns ...string) Option {
	return func(s *suite) { s.skips = append(s.skips, patterns...) }
}

// suite counts what was run and refused.
type suite struct {
	precision graph.DType
	mu        sync.Mutex
	skips     []string
	used      map[string]bool
	ran       int
	skipped   []string
}

// listed reports whether the case is on the list.
func (s *suite) listed(id string) bool {
	found := false
	for _, p := range s.skips {
		if ok, err := path.Match(p, id); p == id || err == nil && ok {
			s.mu.Lock()
			s.used[p] = true
			s.mu.Unlock()
			found = true
		}
	}
	return found
}

// refused ends a case that the back end does not support.
func (s *suite) refused(t *testing.T, id string, err error) {
	t.Helper()
	s.mu.Lock()
	s.skipped = append(s.skipped, id)
	s.mu.Unlock()
	if !s.listed(id) {
		t.Fatalf("refused but not on the list of skips: %v", err)
	}
	t.Skipf("on the list of skips: %v", err)
}

// finish checks that the list holds nothing else, once all cases were run.
func (s *suite) finish(t *testing.T, all int) {
	t.Helper()
	if s.ran != all { // -run chose some
		return
	}
	for _, p := range s.skips {
		if !s.used[p] {
			t.Errorf("the list of skips names %q, which no case refuses", p)
		}
	}
	sort.Strings(s.skipped)
	t.Logf("%d cases, %d refused: %q", s.ran, len(s.skipped), s.skipped)
}
