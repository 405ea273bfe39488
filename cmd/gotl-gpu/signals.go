package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer"
)

// watcher turns signals into what CLI commands do about them:
//
//	SIGINT   graceful: cancel with fault.ErrInterrupted; the second leaves with 130
//	SIGTERM  graceful: cancel with fault.ErrTerminated; leaves when the budget is over
//	SIGHUP   graceful: ask for a checkpoint and go on
//	SIGPIPE  ignored: writes fail instead
//
// A command that is not graceful has nothing to save and leaves at once.
type watcher struct {
	ctx      context.Context
	cancel   context.CancelCauseFunc
	graceful atomic.Bool
	budget   atomic.Int64 // nanoseconds to save in after SIGTERM; 0: no limit
	signals  chan os.Signal
	save     chan struct{}
	exit     func(int)
	again    bool // an interrupt came before
	done     chan struct{}
	once     sync.Once
}

func watch(exit func(int)) *watcher {
	w := &watcher{signals: make(chan os.Signal, 8), save: make(chan struct{}, 1), exit: exit, done: make(chan struct{})}
	if w.exit == nil {
		w.exit = os.Exit
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	w.ctx, w.cancel = transfer.WithCheckpointRequests(ctx, w.save), cancel
	signal.Ignore(syscall.SIGPIPE)
	signal.Notify(w.signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	go w.loop()
	return w
}

func (w *watcher) loop() {
	for {
		select {
		case s := <-w.signals:
			w.take(s)
		case <-w.done:
			return
		}
	}
}

func (w *watcher) take(s os.Signal) {
	graceful := w.graceful.Load()
	switch s {
	case syscall.SIGINT:
		if !graceful || w.again {
			w.exit(int(fault.Sigint))
		}
		w.again = true
		w.cancel(fault.ErrInterrupted)
	case syscall.SIGTERM:
		if !graceful {
			w.exit(int(fault.Sigterm))
		}
		w.cancel(fault.ErrTerminated)
		if b := w.budget.Load(); b > 0 {
			time.AfterFunc(time.Duration(b), w.late)
		}
	case syscall.SIGHUP:
		if !graceful {
			w.exit(128 + int(syscall.SIGHUP)) // as the shell reports an unhandled one
		}
		select {
		case w.save <- struct{}{}:
		default: // one is waiting already
		}
	}
}

// late leaves a run whose step did not end in time: what is on disk stays.
func (w *watcher) late() {
	select {
	case <-w.done:
	default:
		fmt.Fprintln(os.Stderr, "terminated: the running step did not end in --term-budget; nothing new was saved, the last checkpoint is intact")
		w.exit(int(fault.Sigterm))
	}
}

func (w *watcher) stop() {
	w.once.Do(func() {
		signal.Stop(w.signals)
		close(w.done)
		w.cancel(context.Canceled)
	})
}
