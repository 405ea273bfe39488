package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer"
)

// meter shows progress within a phase.
type meter interface {
	move(transfer.Progress)
	pause() // before other text is printed
	stop()
}

type noMeter struct{}

func (noMeter) move(transfer.Progress) {}
func (noMeter) pause()                 {}
func (noMeter) stop()                  {}

// bar is a progress bar on a terminal, redrawn at most ten times a second.
type bar struct {
	out   io.Writer
	width int
	key   string
	pb    *progressbar.ProgressBar
	total int
}

func newBar(out io.Writer, width int) *bar { return &bar{out: out, width: width} }

func (b *bar) move(p transfer.Progress) {
	if key := fmt.Sprint(p.Phase, p.Epoch, p.Total); b.pb == nil || key != b.key {
		b.pause()
		b.key, b.total, b.pb = key, p.Total, b.start(p)
	}
	b.pb.Describe(b.label(p))
	if p.Total > 0 {
		_ = b.pb.Set(min(p.Done, p.Total))
	} else {
		_ = b.pb.Add(0)
	}
}

func (b *bar) start(p transfer.Progress) *progressbar.ProgressBar {
	total := p.Total
	if total <= 0 {
		total = -1
	}
	return progressbar.NewOptions(total,
		progressbar.OptionSetWriter(b.out), progressbar.OptionUseANSICodes(true), progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetPredictTime(b.width >= 60),
		progressbar.OptionSetElapsedTime(b.width >= 60), progressbar.OptionSetRenderBlankState(false),
		progressbar.OptionSetDescription(b.label(p)), progressbar.OptionSetWidth(max(4, min(30, b.width-50))),
		progressbar.OptionSetTheme(progressbar.Theme{Saucer: "=", SaucerHead: ">", SaucerPadding: " ", BarStart: "[", BarEnd: "]"}))
}

func (b *bar) label(p transfer.Progress) string {
	s := fault.Clean(p.Phase)
	if p.Epoch > 0 {
		s += fmt.Sprintf(" %d", p.Epoch)
	}
	if p.ImgPerSec > 0 && b.width >= 40 {
		s += fmt.Sprintf("  %.0f img/s", p.ImgPerSec)
	}
	return s
}

func (b *bar) pause() {
	if b.pb != nil {
		_ = b.pb.Clear()
	}
}

func (b *bar) stop() {
	b.pause()
	b.pb = nil
}

// plain prints a line of progress at most once a minute, without control
// characters.
type plain struct {
	out  io.Writer
	now  func() time.Time
	last time.Time
	key  string
	from time.Time // start of the phase
}

func newPlain(out io.Writer, now func() time.Time) *plain {
	return &plain{out: out, now: now, last: now()}
}

func (p *plain) move(e transfer.Progress) {
	t := p.now()
	if key := fmt.Sprint(e.Phase, e.Epoch, e.Total); key != p.key {
		p.key, p.from = key, t
	}
	if t.Sub(p.last) < time.Minute {
		return
	}
	p.last = t
	s := fault.Clean(e.Phase)
	if e.Epoch > 0 {
		s += fmt.Sprintf(" %d", e.Epoch)
	}
	if e.Total > 0 {
		s += fmt.Sprintf("  %d %%", 100*e.Done/e.Total)
	}
	if e.ImgPerSec > 0 {
		s += fmt.Sprintf("  %.0f img/s", e.ImgPerSec)
	}
	fmt.Fprintln(p.out, s+p.eta(e, t.Sub(p.from)))
}

// eta extrapolates the phase's time so far.
func (p *plain) eta(e transfer.Progress, spent time.Duration) string {
	if e.Total <= 0 || e.Done <= 0 || spent <= 0 {
		return ""
	}
	left := time.Duration(float64(spent) * float64(e.Total-e.Done) / float64(e.Done))
	return fmt.Sprintf("  eta %v", left.Round(time.Second))
}

func (p *plain) pause() {}
func (p *plain) stop()  {}
