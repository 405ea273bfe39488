package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer"
)

// sink returns what prints the events of a run: people's text on stdout, or with
// --json events there and the text on stderr; bars always on stderr.
func (a *app) sink() (transfer.Sink, func(), error) {
	text := a.out
	if a.json {
		text = a.err
	}
	meter, err := a.meter()
	if err != nil {
		return nil, nil, err
	}
	h := newHuman(text, a.err, meter)
	h.quiet, h.verbose = a.quiet, a.verbose
	return func(e transfer.Event) {
		if a.json {
			emitJSON(a.out, e.Type(), e)
		}
		h.event(e)
	}, meter.stop, nil
}

// meter chooses how progress is shown.
func (a *app) meter() (meter, error) {
	tty, width := a.err.terminal()
	mode := a.progress
	if mode == "auto" {
		mode = map[bool]string{true: "bar", false: "plain"}[tty]
	}
	switch {
	case a.quiet || mode == "none":
		return noMeter{}, nil
	case mode == "bar":
		return newBar(a.err, max(width, 20)), nil
	case mode == "plain":
		return newPlain(a.err, time.Now), nil
	}
	return nil, fault.New(fault.ErrUsage, fmt.Sprintf("unknown progress %q", a.progress), "--progress "+a.progress,
		"there is: auto, bar, plain, none", "--progress plain")
}

// note prints notes about settings on stderr.
func (a *app) note(notes []string) {
	for _, n := range notes {
		if !a.quiet {
			fmt.Fprintf(a.err, "note: %s\n", fault.Clean(n))
		}
	}
}

// now is the clock of JSON events; tests stop it.
var now = time.Now

// emitJSON writes one line {"v":1,"t":time,"type":kind,…fields of e}.
func emitJSON(w io.Writer, kind string, e any) {
	body, err := json.Marshal(e)
	if err != nil || len(body) < 2 || body[0] != '{' {
		body, _ = json.Marshal(map[string]string{"error": fmt.Sprint(err)})
	}
	head := fmt.Sprintf(`{"v":1,"t":%q,"type":%q`, now().UTC().Format("2006-01-02T15:04:05.000Z07:00"), kind)
	if string(body) != "{}" {
		head += ","
	}
	_, _ = io.WriteString(w, head+string(body[1:])+"\n")
}

// errorFields are the parts of an error in JSON.
type errorFields struct {
	Exit  int    `json:"exit"`
	Class string `json:"class"`
	Text  string `json:"text"`
}

func errorEvent(err error) errorFields {
	return errorFields{fault.ExitCode(err), fault.ClassOf(err).String(), err.Error()}
}
