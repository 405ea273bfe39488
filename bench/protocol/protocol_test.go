package protocol

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestServe(t *testing.T) {
	in := `{"cmd":"prepare","net":"resnet18","task":"full","batch":32,"threads":2,"future":1}
not json
{"cmd":"round","seconds":4,"min_steps":2}
{"cmd":"fail"}
{"cmd":"quit"}
{"cmd":"round"}
`
	var got []Request
	var out strings.Builder
	require.NoError(t, Serve(strings.NewReader(in), &out, func(q Request) (Reply, error) {
		got = append(got, q)
		if q.Cmd == "fail" {
			return Reply{Steps: 3}, errors.New("broken")
		}
		return Reply{Steps: 2, Seconds: 4}, nil
	}))
	require.Equal(t, []Request{{Cmd: "prepare", Net: "resnet18", Task: "full", Batch: 32, Threads: 2},
		{Cmd: "round", Seconds: 4, MinSteps: 2}, {Cmd: "fail"}}, got)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 4)
	require.JSONEq(t, `{"ok":true,"steps":2,"seconds":4}`, lines[0])
	require.Contains(t, lines[1], `"ok":false,"error":"invalid character`)
	require.JSONEq(t, `{"ok":false,"error":"broken"}`, lines[3])
}
