package weights

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Named is a tensor to be written.
type Named struct {
	Name string
	Data graph.Data
}

// WriteSafetensors writes tensors as float32 to a safetensors file at path, sorted by
// name, so that equal content gives equal bytes. meta is its __metadata__; nil: none.
// An older file at path is replaced at the end or not at all. Errors: fault.ErrStorage,
// with fault.ErrInternal below it for names that are twice or not allowed; those of Fill.
func WriteSafetensors(path string, tensors []Named, meta map[string]string) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return stored(path, err)
	}
	defer os.Remove(tmp.Name()) // gone after the rename
	err = EncodeSafetensors(tmp, tensors, meta)
	if err == nil {
		err = tmp.Chmod(0o644)
	}
	if err == nil {
		err = tmp.Sync()
	}
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		return stored(path, err)
	}
	return nil
}

func stored(path string, err error) error {
	if fault.ClassOf(err) == fault.Internal {
		err = fmt.Errorf("%w: %w", fault.ErrStorage, err)
	}
	return fault.New(err, "the weights cannot be written", path, err.Error(), "")
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// EncodeSafetensors is WriteSafetensors to a stream.
func EncodeSafetensors(w io.Writer, tensors []Named, meta map[string]string) error {
	sorted := slices.SortedFunc(slices.Values(tensors), func(a, b Named) int { return strings.Compare(a.Name, b.Name) })
	head, err := encodeHeader(sorted, meta)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 1<<18)
	_, _ = out.Write(le.AppendUint64(nil, uint64(len(head)))) // errors stay with out
	_, _ = out.Write(head)
	for _, t := range sorted {
		if err := writeF32(out, t.Data); err != nil {
			return fmt.Errorf("tensor %q: %w", t.Name, err)
		}
	}
	return out.Flush()
}

// encodeHeader ends in spaces up to a multiple of 8, as the format's own writer does.
func encodeHeader(sorted []Named, meta map[string]string) ([]byte, error) {
	var b strings.Builder
	b.WriteByte('{')
	comma := ""
	if len(meta) > 0 {
		b.WriteString(`"__metadata__":{`)
		for _, k := range slices.Sorted(maps.Keys(meta)) {
			b.WriteString(comma + quote(k) + ":" + quote(meta[k]))
			comma = ","
		}
		b.WriteByte('}')
	}
	at := 0
	for i, t := range sorted {
		if err := checkName(t.Name); err != nil || i > 0 && sorted[i-1].Name == t.Name || t.Name == "__metadata__" {
			return nil, fmt.Errorf("%w: tensor name %q stands twice or is not allowed", fault.ErrInternal, t.Name)
		}
		shape := t.Data.Type().Shape
		end := at + 4*shape.Len()
		dims := strings.ReplaceAll(strings.Trim(shape.String(), "[]"), " ", ",")
		fmt.Fprintf(&b, `%s%s:{"dtype":"F32","shape":[%s],"data_offsets":[%d,%d]}`, comma, quote(t.Name), dims, at, end)
		comma, at = ",", end
	}
	b.WriteByte('}')
	b.WriteString(strings.Repeat(" ", -b.Len()&7))
	return []byte(b.String()), nil
}

// quote writes a JSON string.
func quote(s string) string {
	b, _ := json.Marshal(s) // strings always can be
	return string(b)
}

func writeF32(w io.Writer, d graph.Data) error {
	const piece = 1 << 16
	n := d.Type().Shape.Len()
	x := make([]float32, min(piece, n))
	b := make([]byte, 4*len(x))
	for at := 0; at < n; at += piece {
		part := x[:min(piece, n-at)]
		if err := d.Fill(part, at); err != nil {
			return err
		}
		for i, v := range part {
			le.PutUint32(b[4*i:], math.Float32bits(v))
		}
		if _, err := w.Write(b[:4*len(part)]); err != nil {
			return err
		}
	}
	return nil
}
