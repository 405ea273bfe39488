package main

import (
	"errors"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// fourParts gives an error that comes without them a place and a remedy. command
// is what was run.
func fourParts(err error, command string) error {
	class := fault.ClassOf(err)
	var e *fault.Error
	had := errors.As(err, &e)
	switch {
	case (class == fault.Sigint || class == fault.Sigterm) && had:
		return err
	case class == fault.Sigint || class == fault.Sigterm:
		return fault.New(err, "stopped before the end", command, "", "")
	case !had:
		e = bare(err, class)
	}
	full := *e
	if full.Where == "" {
		full.Where = command
	}
	if full.Do == "" {
		full.Do = remedy(class, command)
	}
	if full.Why == "" && full.What != err.Error() {
		full.Why = err.Error()
	}
	return &full
}

// bare makes the parts of an error that is only a wrapped sentinel.
func bare(err error, class fault.Class) *fault.Error {
	what := "failed"
	var r *fault.Reason
	if errors.As(err, &r) {
		if what = r.Error(); what == class.String() {
			what = map[fault.Class]string{fault.Usage: "a setting is refused", fault.Data: "the pictures are refused",
				fault.Model: "the network is refused", fault.Device: "the device failed"}[class]
		}
	}
	return &fault.Error{What: what, Why: err.Error(), Err: err}
}

// remedy is what helps with most errors of a class.
func remedy(class fault.Class, command string) string {
	switch class {
	case fault.Usage:
		return command + " --help"
	case fault.Data:
		return "check the folder or table that was given"
	case fault.Model:
		return "gotl-gpu inspect FILE shows the network"
	case fault.Device:
		return "gotl-gpu doctor"
	case fault.Memory:
		return "a smaller --batch"
	case fault.Storage:
		return "free space, or choose another place with --project"
	case fault.Diverged:
		return "a smaller --lr"
	case fault.Internal:
		return "run it again with --debug and report what it prints"
	default:
		return ""
	}
}
