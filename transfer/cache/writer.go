package cache

import "sync"

// queueBytes bounds the records that wait for the disk and lie nowhere else.
const queueBytes = 256 << 20

// writer does the work of a Pool that may wait for the disk, in order.
type writer struct {
	mu     sync.Mutex
	wake   *sync.Cond
	jobs   []job
	bytes  int
	busy   bool
	closed bool
	done   chan struct{}
}

type job struct {
	bytes int
	do    func()
}

func newWriter() *writer {
	w := &writer{done: make(chan struct{})}
	w.wake = sync.NewCond(&w.mu)
	go w.run()
	return w
}

// add queues do, which holds n bytes; it is dropped if the queue has no room.
func (w *writer) add(n int, do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || n > 0 && w.bytes+n > queueBytes {
		return
	}
	w.bytes += n
	w.jobs = append(w.jobs, job{n, do})
	w.wake.Broadcast()
}

func (w *writer) run() {
	defer close(w.done)
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		for len(w.jobs) == 0 && !w.closed {
			w.wake.Wait()
		}
		if len(w.jobs) == 0 {
			return
		}
		j := w.jobs[0]
		w.jobs = w.jobs[1:]
		w.busy = true
		w.mu.Unlock()
		j.do()
		w.mu.Lock()
		w.busy = false
		w.bytes -= j.bytes
		w.wake.Broadcast()
	}
}

// flush waits until the queue is empty.
func (w *writer) flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.jobs) > 0 || w.busy {
		w.wake.Wait()
	}
}

// close does what is queued and ends.
func (w *writer) close() {
	w.mu.Lock()
	w.closed = true
	w.wake.Broadcast()
	w.mu.Unlock()
	<-w.done
}
