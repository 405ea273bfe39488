package main

import (
	"io"
	"os"
	"sync"

	"golang.org/x/term"
)

// stream is standard output or error. The first failed write ends it: later ones
// are dropped, so a run outlives its terminal.
type stream struct {
	mu  sync.Mutex
	w   io.Writer
	err error
}

// Write implements io.Writer. It never fails; see broken.
func (s *stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		_, s.err = s.w.Write(p)
	}
	return len(p), nil
}

// broken returns the error that ended the stream, or nil.
func (s *stream) broken() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// terminal reports whether the stream is one that takes control characters, and
// its width in columns.
func (s *stream) terminal() (ok bool, width int) {
	f, isFile := s.w.(*os.File)
	if !isFile || os.Getenv("TERM") == "dumb" || !term.IsTerminal(int(f.Fd())) {
		return false, 0
	}
	if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
		return true, w
	}
	return true, 80
}
