package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var fence = regexp.MustCompile("(?ms)^```[a-z]*\n(.*?)^```$")

// TestReadme runs every line "$ gotl-gpu …" of the README from the repository's
// root. A command must succeed; lines shown behind it must be its output, where …
// stands for anything.
func TestReadme(t *testing.T) {
	t.Chdir("../..")
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	ran := 0
	for _, block := range fence.FindAllStringSubmatch(string(text), -1) {
		if !strings.HasPrefix(block[1], "$ gotl-gpu ") {
			continue
		}
		for _, part := range strings.Split(block[1], "$ gotl-gpu ")[1:] {
			line, shown, _ := strings.Cut(part, "\n")
			ran++
			t.Run(line, func(t *testing.T) {
				r := do(t, product(), "", strings.Fields(line)...)
				require.Zero(t, r.code, r.err)
				if shown != "" {
					pattern := strings.ReplaceAll(regexp.QuoteMeta(shown), "…", "(?s:.*)")
					require.Regexp(t, "^"+pattern+"$", r.out)
				}
			})
		}
	}
	require.GreaterOrEqual(t, ran, 4, "blocks were found")
}

// TestReadmeNamesEveryCommandAndExitCode keeps the text beside the program.
func TestReadmeNamesEveryCommandAndExitCode(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	for _, verb := range []string{"finetune", "eval", "predict", "inspect", "check", "doctor", "demo"} {
		require.Contains(t, string(text), verb)
	}
	for _, code := range []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"} {
		require.Contains(t, string(text), "\n| "+code+" | ")
	}
}
