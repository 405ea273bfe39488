package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer"
)

// app is what all commands share: the streams, the functions behind the verbs and
// the flags every command has.
type app struct {
	in       io.Reader
	out, err *stream
	do       verbs
	signals  *watcher
	json     bool
	quiet    bool
	verbose  bool
	debug    bool
	progress string
}

// run executes one command line and returns the exit code.
func run(args []string, in io.Reader, out, errOut io.Writer, do verbs) (code int) {
	a := &app{in: in, out: &stream{w: out}, err: &stream{w: errOut}, do: do}
	defer func() {
		if r := recover(); r != nil {
			code = a.fail(a.panicked(r))
		}
	}()
	a.signals = watch(do.exit)
	defer a.signals.stop()
	root := newRoot(a)
	root.SetArgs(joinBooleans(root, args))
	c, err := root.ExecuteContextC(a.signals.ctx)
	if err = a.cause(err); err == nil {
		err = a.lostOutput()
	}
	if err != nil {
		err = fourParts(err, c.CommandPath())
	}
	return a.fail(err)
}

func newRoot(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:           "gotl-gpu",
		Short:         "transfer learning in one binary: a network and labelled pictures in, a verified classifier out",
		Example:       rootExample,
		SilenceErrors: true, SilenceUsage: true,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error { return unknownCommand(c, args) },
	}
	c.SetIn(a.in)
	c.SetOut(a.out)
	c.SetErr(a.err)
	c.SetFlagErrorFunc(flagError)
	c.SetGlobalNormalizationFunc(normalFlag)
	f := c.PersistentFlags()
	f.BoolVar(&a.json, "json", false, "JSON Lines on stdout, text for people on stderr")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "errors and the last line only")
	f.BoolVarP(&a.verbose, "verbose", "v", false, "more detail")
	f.StringVar(&a.progress, "progress", "auto", "auto, bar, plain or none")
	f.BoolVar(&a.debug, "debug", false, "stack traces of internal errors")
	for _, make := range commands {
		if sub := make(a); sub != nil {
			c.AddCommand(sub)
		}
	}
	return c
}

// commands make the commands, in the order of help. One is nil if its function is
// not there.
var commands = []func(*app) *cobra.Command{
	newFinetune, newAdvise, newCompare, newLRFind, newFeatures, newRecipe, newEval, newPredict, newCheck, newInspect, newBench, newDoctor, newDemo, newVersion,
}

const rootExample = `  gotl-gpu finetune faces/ --model mobilenet.onnx
  gotl-gpu predict --model runs/finetune/faces-1 photo.jpg
  gotl-gpu inspect mobilenet.onnx
  gotl-gpu doctor`

func unknownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return c.Help()
	}
	var names []string
	for _, sub := range c.Commands() {
		names = append(names, sub.Name())
	}
	do := "gotl-gpu --help lists the commands"
	if near := transfer.Nearest(args[0], names); near != "" {
		do = fmt.Sprintf("did you mean %q?", "gotl-gpu "+near)
	}
	return fault.New(fault.ErrUsage, fmt.Sprintf("unknown command %q", args[0]), "first argument", "there is: "+strings.Join(names, ", "), do)
}

// cause returns why a run was cut short instead of the context's own error.
func (a *app) cause(err error) error {
	if err != nil && errors.Is(err, context.Canceled) {
		if why := context.Cause(a.signals.ctx); why != nil {
			return why
		}
	}
	return err
}

// lostOutput reports that standard output could not take what was printed. A
// closed pipe is the reader's choice, and training never depends on its terminal.
func (a *app) lostOutput() error {
	err := a.out.broken()
	if err == nil || errors.Is(err, unix.EPIPE) || a.signals.graceful.Load() {
		return nil
	}
	return fault.New(fault.ErrStorage, "standard output not written", "stdout", err.Error(), "free space, or send it elsewhere")
}

// fail prints err, if it is one, and returns its exit code.
func (a *app) fail(err error) int {
	if err == nil {
		return 0
	}
	if a.json {
		emitJSON(a.out, "error", errorEvent(err))
	}
	fmt.Fprint(a.err, fault.Format(err))
	return fault.ExitCode(err)
}

func (a *app) panicked(r any) error {
	if a.debug {
		fmt.Fprintf(a.err, "%v\n%s", r, debug.Stack())
	}
	return fault.New(fault.ErrInternal, "gotl-gpu broke one of its own rules", "gotl-gpu "+transfer.Version, fmt.Sprint(r),
		"run it again with --debug and report what it prints")
}
