package dataset

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/picture"
)

// finding is what one file turned out to be.
type finding struct {
	size   int64
	sha256 [sha256.Size]byte
	head   picture.Header
	err    error // the picture cannot be used
}

// inspect checks and hashes all files on several goroutines and fills
// s.Samples and s.Skipped in path order.
func (s *Set) inspect(ctx context.Context, items []item) error {
	found := make([]finding, len(items))
	var next, done atomic.Int64
	var wg sync.WaitGroup
	var say sync.Mutex
	for range min(s.options.Workers, len(items)) {
		wg.Go(func() {
			buf := make([]byte, 128<<10)
			for {
				i := int(next.Add(1)) - 1
				if i >= len(items) || ctx.Err() != nil {
					return
				}
				found[i] = look(join(s.Root, items[i].path), buf, s.options)
				if n := done.Add(1); s.options.Progress != nil {
					say.Lock()
					s.options.Progress(int(n), len(items))
					say.Unlock()
				}
			}
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.collect(items, found)
}

// look reads one file once: header, then all bytes for hash and end mark.
func look(path string, buf []byte, o Options) (r finding) {
	f, size, err := openPicture(path)
	if err != nil {
		r.err = err
		return r
	}
	defer f.Close()
	r.size = size
	if r.head, r.err = picture.Probe(f, size, o.Picture); r.err != nil {
		return r
	}
	h, tail := sha256.New(), picture.NewTail(r.head)
	n, err := io.CopyBuffer(struct{ io.Writer }{io.MultiWriter(h, tail)}, struct{ io.Reader }{f}, buf)
	if err != nil || n != size {
		r.err = fmt.Errorf("%w: %d of %d bytes read: %w", fault.ErrCorrupt, n, size, orEOF(err))
		return r
	}
	h.Sum(r.sha256[:0])
	if r.err = tail.Err(); r.err == nil && o.Verify == "full" {
		r.err = decodes(path, o.Picture)
	}
	return r
}

func orEOF(err error) error {
	if err == nil {
		return io.ErrUnexpectedEOF
	}
	return err
}

// openPicture opens a regular file; a FIFO in its place neither blocks nor is read.
func openPicture(path string) (*os.File, int64, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		var p *os.PathError
		if errors.As(err, &p) {
			err = p.Err // the path is told beside it
		}
		return nil, 0, fmt.Errorf("%w: %w", fault.ErrCorrupt, err)
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err != nil {
		f.Close()
		return nil, 0, fmt.Errorf("%w: %w", fault.ErrCorrupt, err)
	}
	return f, st.Size(), nil
}

// readFile reads a picture's file. raw is a buffer to reuse; the bytes come
// back for the same purpose, also with an error.
func readFile(path string, raw []byte) ([]byte, error) {
	f, size, err := openPicture(path)
	if err != nil {
		return raw, err
	}
	defer f.Close()
	if size > picture.MaxBytes {
		return raw, fmt.Errorf("%w: %d bytes, limit %d", fault.ErrTooLarge, size, picture.MaxBytes)
	}
	if int64(cap(raw)) < size {
		raw = make([]byte, size+size/4)
	}
	raw = raw[:size]
	if _, err := io.ReadFull(f, raw); err != nil {
		return raw, fmt.Errorf("%w: %w", fault.ErrCorrupt, err)
	}
	return raw, nil
}

// decodes says whether a file can be decoded.
func decodes(path string, o picture.Options) error {
	raw, err := readFile(path, nil)
	if err != nil {
		return err
	}
	_, err = picture.Decode(raw, nil, o)
	return err
}

// collect turns findings into samples and skips.
func (s *Set) collect(items []item, found []finding) error {
	known, animated := s.classIndex(), 0
	for i, it := range items {
		r := found[i]
		if r.head.Animated {
			animated++
		}
		if r.err != nil {
			s.Skipped = append(s.Skipped, Skip{it.path, reasonText(r.err), it.label})
			continue
		}
		if want, _ := hex.DecodeString(it.sha256); len(want) > 0 && !bytes.Equal(want, r.sha256[:]) {
			return fault.New(fault.ErrChanged, "a picture differs from its row", join(s.Root, it.path),
				fmt.Sprintf("sha256 %x…, the table says %x…", r.sha256[:6], want[:min(6, len(want))]), "restore the file, or drop the sha256 column")
		}
		s.Samples = append(s.Samples, Sample{Path: it.path, Label: known[it.label], Split: it.split, Group: it.group,
			Weight: it.weight, Size: r.size, SHA256: r.sha256, W: int32(r.head.W), H: int32(r.head.H),
			Format: r.head.Format, Orientation: uint8(r.head.Orientation)})
	}
	if animated > 0 {
		s.warn("%d animated pictures: the first frame is used", animated)
	}
	return nil
}

// reasonText is an error without its sentinel's words.
func reasonText(err error) string {
	return strings.TrimPrefix(err.Error(), fault.ErrCorrupt.Error()+": ")
}

// tooManyBad applies the policy of DATA §6: more than MaxBad of all, or more
// than 1 % and at least 3 of a class, or any if Strict.
func (s *Set) tooManyBad() error {
	bad, all := map[string]int{}, map[string]int{}
	for i := range s.Samples {
		all[s.Classes[s.Samples[i].Label]]++
	}
	for _, k := range s.Skipped {
		bad[k.label]++
		all[k.label]++
	}
	n := len(s.Skipped)
	total := n + len(s.Samples)
	if n > 0 && s.options.Strict {
		return s.badError(fmt.Sprintf("%d of %d pictures cannot be used; strict allows none", n, total))
	}
	if float64(n) > s.options.MaxBad*float64(total) {
		return s.badError(fmt.Sprintf("%d of %d pictures cannot be used; at most %.3g %% may", n, total, 100*s.options.MaxBad))
	}
	for c, k := range bad {
		if k >= 3 && float64(k) > s.classShare()*float64(all[c]) {
			return s.badError(fmt.Sprintf("%d of %d pictures of class %s cannot be used; at most %.3g %% may", k, all[c], c, 100*s.classShare()))
		}
	}
	return nil
}

// classShare is the tolerated share within a class: 1 %, more only where the
// user raised MaxBad above its default.
func (s *Set) classShare() float64 {
	if s.options.MaxBad > 0.05 {
		return s.options.MaxBad
	}
	return 0.01
}

func (s *Set) badError(why string) error {
	var b strings.Builder
	for i, k := range s.Skipped {
		if i == 5 {
			fmt.Fprintf(&b, " … (%d in all)", len(s.Skipped))
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(k.Path + ": " + k.Reason)
	}
	do := "repair or remove them, or raise --max-bad"
	if s.Format != "imagefolder" && strings.Contains(s.Skipped[0].Reason, "no such file") {
		do = "give the folder of the table's paths with --root"
	}
	return fault.New(fault.ErrCorrupt, "too many bad pictures", b.String(), why, do)
}
