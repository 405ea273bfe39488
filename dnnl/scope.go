package dnnl

// scope owns objects of the library and frees them in reverse order. A compile
// uses two: one for descriptors, closed when the program is ready, one for what
// runs, closed with the executable.
type scope struct {
	e    *Engine
	free []func()
}

func (e *Engine) scope() *scope { return &scope{e: e} }

// own registers how to free one object.
func (s *scope) own(free func()) {
	count(Handles, 1)
	s.free = append(s.free, free)
}

// close frees everything. A second close does nothing.
func (s *scope) close() {
	for i := len(s.free) - 1; i >= 0; i-- {
		s.free[i]()
	}
	count(Handles, -int64(len(s.free)))
	s.free = nil
}
