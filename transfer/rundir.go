package transfer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/atomicfile"
)

// rundir is the folder of one run. A lock file keeps a second writer out.
type rundir struct {
	path string
	lock *os.File
}

// newRundir makes the folder of a new run: OutputDir itself, or NAME-N with the
// first free N under Project. An existing folder that is not empty is refused.
func newRundir(s *Settings) (*rundir, error) {
	if s.OutputDir != "" || s.ExistOK {
		dir := s.OutputDir
		if dir == "" {
			dir = filepath.Join(s.Project, runName(s))
		}
		return existing(dir, s.ExistOK)
	}
	if err := os.MkdirAll(s.Project, 0o755); err != nil {
		return nil, dirError(s.Project, err)
	}
	for n := 1; ; n++ {
		dir := filepath.Join(s.Project, fmt.Sprintf("%s-%d", runName(s), n))
		switch err := os.Mkdir(dir, 0o755); {
		case err == nil:
			return openRundir(dir)
		case !errors.Is(err, os.ErrExist):
			return nil, dirError(dir, err)
		}
	}
}

func existing(dir string, overwrite bool) (*rundir, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, dirError(dir, err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, dirError(dir, err)
	}
	if len(files) > 0 && !overwrite {
		return nil, fault.New(fault.ErrStorage, "output folder is not empty", dir, fmt.Sprintf("%d entries, first %q", len(files), files[0].Name()),
			"choose another --output-dir, continue it with --resume "+dir+", or allow overwriting with --exist-ok")
	}
	return openRundir(dir)
}

// openRundir locks a run's folder.
func openRundir(dir string) (*rundir, error) {
	f, err := os.OpenFile(filepath.Join(dir, ".lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, dirError(dir, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fault.New(fault.ErrStorage, "run directory is in use", dir, "another process writes to it", "wait for it, or choose another --name")
	}
	if _, err := atomicfile.Sweep(dir); err != nil {
		f.Close()
		return nil, err
	}
	d := &rundir{dir, f}
	if err := os.MkdirAll(d.file("weights"), 0o755); err != nil {
		d.close()
		return nil, dirError(dir, err)
	}
	return d, nil
}

func (d *rundir) file(name string) string { return filepath.Join(d.path, filepath.FromSlash(name)) }

func (d *rundir) close() {
	if d.lock != nil {
		d.lock.Close()
		d.lock = nil
		os.Remove(d.file(".lock"))
	}
}

// runName is --name, or the data's folder or file name without ending.
func runName(s *Settings) string {
	if s.Name != "" {
		return strings.ReplaceAll(s.Name, string(filepath.Separator), "_")
	}
	base := filepath.Base(filepath.Clean(s.Data))
	if abs, err := filepath.Abs(s.Data); err == nil {
		base = filepath.Base(abs)
	}
	return strings.TrimSuffix(base, filepath.Ext(base))
}

func dirError(dir string, err error) error {
	return fault.New(fault.ErrStorage, "run directory cannot be made", dir, errText(err), "choose a folder you can write to with --project or --output-dir")
}

// errText is the reason of a file error without the path.
func errText(err error) string {
	var e *os.PathError
	if errors.As(err, &e) {
		return e.Err.Error()
	}
	return err.Error()
}
