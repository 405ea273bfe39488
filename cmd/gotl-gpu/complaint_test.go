package main

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

func TestFourParts(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("%w: preset %q; known: tf", fault.ErrUsage, "x"),
			"error: usage: a setting is refused\n  where  gotl-gpu check\n  why    usage: preset \"x\"; known: tf\n  do     gotl-gpu check --help\n"},
		{fmt.Errorf("Conv \"c\": %w: 3 and 4", fault.ErrShape),
			"error: model: shape mismatch\n  where  gotl-gpu check\n  why    Conv \"c\": shape mismatch: 3 and 4\n  do     gotl-gpu inspect FILE shows the network\n"},
		{errors.New("odd"),
			"error: internal: failed\n  where  gotl-gpu check\n  why    odd\n  do     run it again with --debug and report what it prints\n"},
		{fault.New(fault.ErrStorage, "not written", "a/b", "no space", ""),
			"error: output: not written\n  where  a/b\n  why    no space\n  do     free space, or choose another place with --project\n"},
		{fault.New(fault.ErrData, "w", "x", "y", "z"), "error: data: w\n  where  x\n  why    y\n  do     z\n"},
		{fault.ErrInterrupted, "error: interrupted: stopped before the end\n  where  gotl-gpu check\n"},
	} {
		err := fourParts(c.err, "gotl-gpu check")
		require.Equal(t, c.want, fault.Format(err))
		require.Equal(t, fault.ExitCode(c.err), fault.ExitCode(err))
	}
}

// TestEveryClassHasARemedy keeps new classes from being forgotten.
func TestEveryClassHasARemedy(t *testing.T) {
	for _, c := range []fault.Class{fault.Internal, fault.Usage, fault.Data, fault.Model, fault.Device, fault.Memory, fault.Diverged, fault.Storage} {
		require.NotEmpty(t, remedy(c, "x"))
	}
}
