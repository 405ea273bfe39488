package atomicfile

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Log is a file that only grows: metrics.jsonl, results.csv. Each Write is one
// system call, so a reader sees whole lines; it is durable after Sync. A failed
// Write leaves no partial record. Not safe for concurrent use.
type Log struct {
	f    *os.File
	path string
	end  int64
}

// OpenLog opens path for appending and makes it if it is missing.
func OpenLog(path string) (*Log, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, storage(path, 0, err)
	}
	end, err := f.Seek(0, io.SeekEnd)
	if err == nil && end == 0 {
		err = syncDir(filepath.Dir(path)) // the name is durable before its lines
	}
	if err != nil {
		_ = f.Close()
		return nil, storage(path, 0, err)
	}
	return &Log{f: f, path: path, end: end}, nil
}

// Offset returns the length of the file in bytes; a checkpoint stores it.
func (l *Log) Offset() int64 { return l.end }

// Write appends p whole or not at all.
func (l *Log) Write(p []byte) (int, error) {
	n, err := l.f.WriteAt(p, l.end)
	if err == nil {
		l.end += int64(n)
		return n, nil
	}
	_ = l.f.Truncate(l.end) // the write's error is the one to report
	e := logFault(l.path, int64(len(p)), err)
	e.Why = fmt.Sprintf("the first %d bytes are intact", l.end)
	return 0, e
}

// Sync makes all that was written durable and returns the length in bytes.
func (l *Log) Sync() (int64, error) {
	if err := l.f.Sync(); err != nil {
		return l.end, logFault(l.path, 0, err)
	}
	return l.end, nil
}

// TruncateTo cuts the file back to offset bytes and makes that durable. A file
// shorter than offset lost records a checkpoint had counted: an error, no change.
func (l *Log) TruncateTo(offset int64) error {
	if offset < 0 || offset > l.end {
		return fault.New(fault.ErrStorage, "log does not reach the checkpoint", l.path,
			fmt.Sprintf("the checkpoint counted %d bytes, the file has %d", offset, l.end),
			"restore the file, or resume with --force to go on without its lines")
	}
	if err := l.f.Truncate(offset); err != nil {
		return logFault(l.path, 0, err)
	}
	l.end = offset
	_, err := l.Sync()
	return err
}

// Close closes the file without syncing it.
func (l *Log) Close() error {
	if err := l.f.Close(); err != nil {
		return logFault(l.path, 0, err)
	}
	return nil
}

func logFault(path string, need int64, err error) *fault.Error {
	e := storage(path, need, err)
	e.Why = "the lines synced before are intact"
	return e
}
