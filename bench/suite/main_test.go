package suite

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/bench/protocol"
)

var update = flag.Bool("update", false, "write the golden files")

// TestMain lets the test binary stand in for workers and for both sides of a job.
func TestMain(m *testing.M) {
	switch os.Getenv("GOTL_TEST_AS") {
	case "worker":
		os.Exit(fakeWorker(os.Args[1:]))
	case "job":
		os.Exit(fakeJob(os.Args[1:]))
	}
	os.Exit(m.Run())
}

// fakeWorker NAME LOG MB RATE…: every command is noted in LOG, round n reaches RATE n
// img/s (the first is the warm-up). RATE "die" ends the process, "fail" answers no.
func fakeWorker(args []string) int {
	name, log, rates := args[0], args[1], args[3:]
	mb, _ := strconv.Atoi(args[2])
	n := 0
	err := protocol.Serve(os.Stdin, os.Stdout, func(q protocol.Request) (protocol.Reply, error) {
		f, _ := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		fmt.Fprintf(f, "%s %s %s b%d t%d %s\n", name, q.Cmd, q.Task, q.Batch, q.Threads, filepath.Base(q.Model))
		f.Close()
		if q.Cmd == "prepare" {
			if rates[0] == "refuse" {
				return protocol.Reply{}, fmt.Errorf("no such net")
			}
			return protocol.Reply{Library: "lib 1.2, other 3", ISA: "AVX9", Planned: 5e6}, nil
		}
		rate := rates[n]
		n++
		if rate == "die" {
			fmt.Fprintln(os.Stderr, "Killed by\nthe kernel")
			os.Exit(3)
		}
		if rate == "fail" {
			return protocol.Reply{}, fmt.Errorf("diverged")
		}
		x, _ := strconv.ParseFloat(rate, 64)
		return protocol.Reply{Steps: 4, Images: 4 * 32, Seconds: 4 * 32 / x, BestStep: .5, RSS: 1e6, PeakRSS: int64(mb) * 1e6, Faults: 8, Calls: 4}, nil
	})
	if err != nil {
		return 1
	}
	return 0
}

// fake is a side played by fakeWorker.
func fake(t *testing.T, log, name, kind string, task func(string) string, mb int, rates ...string) Side {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	return Side{Name: name, Kind: kind, Task: task, Argv: append([]string{exe, name, log, strconv.Itoa(mb)}, rates...)}
}

func same(task string) string { return task }

// logged returns the lines of a log.
func logged(t *testing.T, log string) []string {
	t.Helper()
	text, err := os.ReadFile(log)
	if os.IsNotExist(err) {
		return nil
	}
	require.NoError(t, err)
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// fakeJob plays gotl-gpu and the peer's script: "finetune …" writes split.csv and
// summary.json into its run directory, "SCRIPT.py …" prints a closing line, compare
// is unknown.
func fakeJob(args []string) int {
	value := func(key string) string {
		for _, a := range args {
			if v, ok := strings.CutPrefix(a, "--"+key+"="); ok {
				return v
			}
		}
		return ""
	}
	switch {
	case slices.Contains(args, "--help"):
		if args[0] == "compare" { // as cobra does for a command it does not know
			fmt.Println("Usage:\n  gotl-gpu [flags]")
			return 0
		}
		fmt.Printf("Usage:\n  gotl-gpu %s DATA\n", args[0])
		return 0
	case args[0] == "finetune":
		dir := value("output-dir")
		if os.Getenv("GOTL_CACHE_DIR") != dir+"-cache" {
			return 4
		}
		_ = os.MkdirAll(dir, 0o700)
		if value("root") == "" {
			_ = os.WriteFile(filepath.Join(dir, "split.csv"), []byte("path,label,split\n"), 0o600)
			return 0
		}
		if _, err := os.Stat(args[1]); err != nil {
			return 3
		}
		text, _ := json.Marshal(map[string]any{"val": score{.98, .97}})
		_ = os.WriteFile(filepath.Join(dir, "summary.json"), text, 0o600)
		return 0
	default:
		block := make([]byte, 64<<20)
		for i := range block {
			block[i] = 1
		}
		time.Sleep(300 * time.Millisecond)
		fmt.Printf("epoch 1\n{\"accuracy\":%s,\"balanced_accuracy\":0.9,\"seconds\":1,\"peak_rss\":%d}\n", os.Getenv("GOTL_TEST_ACCURACY"), block[7])
		return 0
	}
}
