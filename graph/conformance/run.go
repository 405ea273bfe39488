package conformance

import (
	"errors"
	"runtime"
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
	"github.com/stretchr/testify/require"
)

// Run runs every case and program on b.
func Run(t *testing.T, b graph.Backend, opts ...Option) {
	s := &suite{used: map[string]bool{}}
	for _, o := range opts {
		o(s)
	}
	oracle := ref.New()
	b = at{b, s.precision}
	cases, programs := s.loosen(Cases(), Programs())
	for _, c := range cases {
		s.run(t, b, c.ID(), func(t *testing.T) error { return c.check(t, at{oracle, s.precision}, b) })
	}
	for _, p := range programs {
		s.run(t, b, "program/"+p.Name, func(t *testing.T) error { return p.check(t, at{oracle, s.precision}, b) })
	}
	s.finish(t, len(cases)+len(programs))
}

// run runs one case on a locked thread and checks the count of live bytes.
// check returns only errors of Compile that mean "not supported".
func (s *suite) run(t *testing.T, b graph.Backend, id string, check func(*testing.T) error) {
	t.Run(id, func(t *testing.T) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		s.ran++
		start := live(b)
		if err := check(t); err != nil {
			s.refused(t, id, err)
		} else if s.listed(id) {
			t.Error("is on the list of skips but runs")
		}
		require.Equal(t, start, live(b), "live bytes")
	})
}

// live returns the bytes a back end counts as live, 0 if it does not count.
func live(b graph.Backend) int64 {
	if l, ok := b.(interface{ Live() int64 }); ok {
		return l.Live()
	}
	return 0
}

// check runs c forward in its forms and backward. The error wraps
// fault.ErrUnsupported; all other failures end the test.
func (c Case) check(t *testing.T, oracle, b graph.Backend) error {
	forms := []form{asInput}
	if c.Params {
		forms = append(forms, asConst, asState)
	}
	if c.half {
		forms = append(forms, asHalf)
	}
	for _, f := range forms {
		p, feed, err := c.forward(f)
		require.NoError(t, err)
		got, err := twice(t, b, p, feed)
		if err != nil {
			return err
		}
		for i, w := range c.Want {
			if f == asHalf {
				break // worked from inputs that were not rounded
			}
			Near(t, w, got[p.Outputs[i].Name], c.tol(), "worked by hand, parameters as "+f.String())
		}
		nearAll(t, oracle, p, feed, got, c.tol(), "parameters as "+f.String())
	}
	return c.checkGradients(t, oracle, b)
}

// checkGradients runs c backward to all of c.Wrt together and to each alone.
func (c Case) checkGradients(t *testing.T, oracle, b graph.Backend) error {
	err := c.checkBackward(t, oracle, b, asInput)
	if err == nil && c.half {
		err = c.checkBackward(t, oracle, b, asHalf)
	}
	return err
}

func (c Case) checkBackward(t *testing.T, oracle, b graph.Backend, f form) error {
	joint := Feed{}
	for _, wrt := range subsets(c.Wrt) {
		p, feed, err := c.backward(f, wrt...)
		require.NoError(t, err)
		got, err := twice(t, b, p, feed)
		if err != nil {
			return err
		}
		what := "gradient"
		if f == asHalf {
			what = "gradient in 16 bits"
			want, err := Execute(oracle, p, graph.CompileOptions{}, feed)
			require.NoError(t, err)
			for name, w := range want {
				NearNorm(t, w, got[name], c.halfGradient(), what+" "+name)
			}
			continue
		}
		nearAll(t, oracle, p, feed, got, c.tol(), what)
		for name, d := range got {
			if joint[name] == nil {
				joint[name] = d
			}
			Near(t, joint[name], d, c.tol(), "gradient alone "+name)
		}
	}
	return nil
}

// nearAll compares got with what the oracle computes.
func nearAll(t *testing.T, oracle graph.Backend, p *graph.Program, feed, got Feed, tol Tol, what string) {
	t.Helper()
	want, err := Execute(oracle, p, graph.CompileOptions{}, feed)
	require.NoError(t, err)
	for name, w := range want {
		Near(t, w, got[name], tol, what+" "+name)
	}
}

// subsets returns all of wrt together and, if they are several, each alone.
func subsets(wrt []int) [][]int {
	if len(wrt) == 0 {
		return nil
	}
	s := [][]int{wrt}
	for _, i := range wrt {
		if len(wrt) > 1 {
			s = append(s, []int{i})
		}
	}
	return s
}

// twice runs two steps of a program without updates and checks that they give
// the same bits and leave the inputs alone. An error means not supported.
func twice(t *testing.T, b graph.Backend, p *graph.Program, feed Feed) (Feed, error) {
	t.Helper()
	e, err := b.Compile(p, graph.CompileOptions{})
	if errors.Is(err, fault.ErrUnsupported) {
		return nil, err
	}
	require.NoError(t, err)
	defer func() { require.NoError(t, e.Close()) }()
	require.NoError(t, step(e, feed))
	first, err := read(e, p, graph.Float32)
	require.NoError(t, err)
	require.NoError(t, step(e, nil), "second step with what was bound before")
	second, err := read(e, p, graph.Float32)
	require.NoError(t, err)
	for name := range first {
		require.True(t, sameBits(first[name], second[name]), "%s: second step gives other bits", name)
	}
	return first, nil
}
