package suite

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/gotl-gpu/gotl-gpu/bench/protocol"
)

// Worker is a process that speaks the protocol.
type Worker struct {
	name  string
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan string // answers; closed when the process has ended
	tail  *tail       // of its standard error
	wait  func() error
}

// StartWorker starts a command. The caller stops it.
func StartWorker(ctx context.Context, name string, argv []string) (*Worker, error) {
	w := &Worker{name: name, cmd: exec.CommandContext(ctx, argv[0], argv[1:]...), lines: make(chan string), tail: &tail{}}
	w.cmd.Env = append(os.Environ(), "PYTHONUNBUFFERED=1")
	w.cmd.Stderr = w.tail
	var err error
	if w.in, err = w.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := w.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	w.wait = sync.OnceValue(w.cmd.Wait)
	go w.read(out)
	return w, nil
}

func (w *Worker) read(out io.Reader) {
	s := bufio.NewScanner(out)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		w.lines <- s.Text()
	}
	close(w.lines)
}

// Ask sends a command and waits for its answer. An answer that says no is an error.
func (w *Worker) Ask(ctx context.Context, q protocol.Request, limit time.Duration) (protocol.Reply, error) {
	var r protocol.Reply
	line, err := json.Marshal(q)
	if err != nil {
		return r, err
	}
	if _, err := w.in.Write(append(line, '\n')); err != nil {
		return r, fmt.Errorf("%s: %w: %s", w.name, err, w.tail)
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case answer, ok := <-w.lines:
		if !ok {
			_ = w.wait() // its last words are in tail then; how it ended does not matter
			return r, fmt.Errorf("%s: ended: %s", w.name, w.tail)
		}
		return r, w.understand(answer, &r)
	case <-ctx.Done():
		return r, ctx.Err()
	case <-timer.C:
		return r, fmt.Errorf("%s: no answer to %q within %v", w.name, q.Cmd, limit)
	}
}

func (w *Worker) understand(answer string, r *protocol.Reply) error {
	if err := json.Unmarshal([]byte(answer), r); err != nil {
		return fmt.Errorf("%s: %w in %.200q", w.name, err, answer)
	}
	if !r.OK {
		return fmt.Errorf("%s: %s", w.name, r.Error)
	}
	return nil
}

// Stop ends the process: asked, after a second forced.
func (w *Worker) Stop() {
	fmt.Fprintln(w.in, `{"cmd":"quit"}`)
	_ = w.in.Close() // it may have ended already
	kill := time.AfterFunc(time.Second, func() { _ = w.cmd.Process.Kill() })
	defer kill.Stop()
	for range w.lines { // answers nobody waits for
	}
	_ = w.wait() // it was told to end
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if n := len(t.text) - 400; n > 0 {
		t.text = bytes.Clone(t.text[n:])
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(strings.Fields(string(t.text)), " ")
}
