package checkpoint

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/philox"
	"github.com/gotl-gpu/gotl-gpu/transfer/atomicfile"
)

const childEnv = "GOTL_CHECKPOINT_CHILD"

// TestMain turns the test binary into the writer that gets killed.
func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		childSaves(path, os.Getenv(childEnv+"_INPLACE") != "")
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// childSaves saves step 1, 2, … without end and prints each step once it is durable.
func childSaves(path string, inPlace bool) {
	for step := int64(1); ; step++ {
		s := &State{Meta: Meta{Step: step}, Tensors: []Tensor{{"w", []int{1 << 18}, make([]float32, 1<<18)}}}
		for i := range s.Tensors[0].Data.([]float32) {
			s.Tensors[0].Data.([]float32)[i] = float32(step)
		}
		save := Save
		if inPlace {
			save = saveInPlace
		}
		if err := save(path, s); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(step)
	}
}

// saveInPlace is what Save must not be: the old file goes before the new is whole.
func saveInPlace(path string, s *State) error {
	head, err := seal(s)
	if err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := write(f, head, s); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return f.Close()
}

// killOnce starts a writer, lets it finish one save, kills it after the delay
// and returns the last step it had called durable.
func killOnce(t *testing.T, path string, inPlace bool, delay time.Duration) int64 {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+path)
	if inPlace {
		cmd.Env = append(cmd.Env, childEnv+"_INPLACE=1")
	}
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan())
	time.AfterFunc(delay, func() { _ = cmd.Process.Signal(syscall.SIGKILL) })
	last := lines.Text()
	for lines.Scan() {
		last = lines.Text()
	}
	_ = cmd.Wait()
	step, err := strconv.ParseInt(last, 10, 64)
	require.NoError(t, err)
	return step
}

// RELIABILITY B1: SIGKILL at random moments never loses the last durable
// checkpoint; the same harness catches a writer without rename.
func TestKilledWhileSaving(t *testing.T) {
	kills := 60
	if testing.Short() {
		kills = 10
	}
	moments := philox.New(1, 0, 0, "kill")
	delay := func(i int) time.Duration {
		return time.Duration(moments.Float(uint32(i)) * float32(40*time.Millisecond))
	}
	dir := t.TempDir()
	path, litter := filepath.Join(dir, "last.ckpt"), 0
	for i := range kills {
		acknowledged := killOnce(t, path, false, delay(i))
		s, err := Load(path)
		require.NoError(t, err, "kill %d", i)
		require.GreaterOrEqual(t, s.Meta.Step, acknowledged, "kill %d", i)
		w, err := s.Float32("w", 1<<18)
		require.NoError(t, err)
		require.Equal(t, float32(s.Meta.Step), w[len(w)-1])
		n, err := atomicfile.Sweep(dir)
		require.NoError(t, err)
		litter += n
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, left, 1)
	}
	t.Logf("%d kills, 0 lost, %d of them inside a write", kills, litter)

	lost := 0
	for i := range kills {
		naive := filepath.Join(t.TempDir(), "naive.ckpt")
		killOnce(t, naive, true, delay(i))
		if _, err := Load(naive); err != nil {
			lost++
		}
	}
	t.Logf("control without rename: %d of %d lost", lost, kills)
	require.Positive(t, lost, "the harness does not hit the write")
}
