package main

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer"
)

func newAdvise(a *app) *cobra.Command {
	return jobVerb[transfer.AdviseSettings, *transfer.Advice]{
		use:     "advise DATA --model NET.onnx[,NET2.onnx…]",
		short:   "measure which scheme, cut and rate suit your pictures",
		long:    adviseLong,
		example: "  gotl-gpu advise faces/ --model mobilenet.onnx\n  gotl-gpu advise faces/ --model mobilenet.onnx,resnet18+resnet18.pth --deep",
		event:   "advice", do: a.do.advise, print: printAdvices,
	}.command(a)
}

const adviseLong = `Looks at the training pictures once and measures, out of fold and with groups kept
together, what the network's own answers, its last features and earlier ones tell.
Recommended is the cheapest scheme that the best one is not clearly better than.
Training the body is judged by rule; --deep trains short runs to measure it.`

func printAdvices(a *app, r *transfer.Advice) {
	for i, m := range r.Models {
		printAdvice(a.out, m, a.quiet)
		if len(r.Models) > 1 && i == r.Best {
			fmt.Fprintln(a.out, "best of the networks")
		}
	}
	fmt.Fprintf(a.out, "written %s\n", fault.Clean(r.RunDir))
}

func printAdvice(w io.Writer, m *transfer.ModelAdvice, quiet bool) {
	fmt.Fprintf(w, "network   %s, %d pictures in %d groups, 5 folds\n", fault.Clean(filepath.Base(m.Model)), m.Pictures, m.Groups)
	if !quiet {
		printDepths(w, m)
		printCandidates(w, m)
		for _, r := range m.Reasons {
			fmt.Fprintf(w, "%-10s%s\n", "reason", fault.Clean(r))
		}
	}
	fmt.Fprintf(w, "advice    --scheme %s %s", m.Scheme, headNode(m.HeadNode))
	if m.LR > 0 {
		fmt.Fprintf(w, "--lr %g", m.LR)
	}
	if v := float64(m.Validation); v == v {
		fmt.Fprintf(w, "   (%.1f %% on the validation pictures)", 100*v)
	}
	fmt.Fprintln(w)
}

// headNode is the setting that cuts at a node, if there is one.
func headNode(name string) string {
	if name == "" {
		return ""
	}
	return "--head-node " + fault.Clean(name) + " "
}

// percent prints an accuracy with its interval.
func percent(j transfer.Judged) string {
	return fmt.Sprintf("%5.1f (%5.1f–%5.1f)", 100*j.Accuracy, 100*j.CI95[0], 100*j.CI95[1])
}

func printDepths(w io.Writer, m *transfer.ModelAdvice) {
	fmt.Fprintf(w, "%-28s  %5s  %5s  %-20s  %-20s  %6s\n", "features", "depth", "width", "linear probe, %", "k-NN, %", "LogME")
	fmt.Fprintf(w, "%-28s  %5s  %5s  %-20s\n", "pixels 32x32", "", "", percent(m.RawPixels))
	for _, d := range m.Depths {
		fmt.Fprintf(w, "%-28s  %3.0f %%  %5d  %-20s  %-20s  %6s\n", fault.Clean(d.Name), 100*d.Share, d.Dim, percent(d.Probe), percent(d.KNN), figure("%.3f", float64(d.LogME)))
	}
	fmt.Fprintf(w, "learning  ")
	for _, p := range m.Curve {
		fmt.Fprintf(w, "  %.0f %% of the data: %.1f", 100*p.Share, 100*p.Accuracy)
	}
	fmt.Fprintf(w, "\nscores      LogME %s  H %s  LEEP %s  NCE %s\n", figure("%.3f", float64(m.Scores.LogME)), figure("%.3f", float64(m.Scores.H)),
		figure("%.3f", float64(m.Scores.LEEP)), figure("%.3f", float64(m.Scores.NCE)))
}

func printCandidates(w io.Writer, m *transfer.ModelAdvice) {
	fmt.Fprintf(w, "%-10s%-28s  %-20s  %-16s  %s\n", "scheme", "", "accuracy, %", "to the best", "a run")
	fmt.Fprintf(w, "%-10s%-28s  %5.1f\n", "majority", "", 100*m.Majority)
	for _, c := range m.Candidates {
		acc, diff := "not measured", ""
		if c.Measured {
			acc, diff = percent(c.Accuracy), fmt.Sprintf("[%+.1f, %+.1f]", 100*c.ToBest[0], 100*c.ToBest[1])
		}
		run := ""
		if t, ok := m.Times["run_"+c.Scheme]; ok {
			run = fmt.Sprintf("%.0f s", float64(t))
		}
		fmt.Fprintf(w, "%-10s%-28s  %-20s  %-16s  %s\n", c.Scheme, fault.Clean(c.How), acc, diff, run)
	}
}
