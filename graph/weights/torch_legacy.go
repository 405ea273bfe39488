package weights

import (
	"bytes"
	"fmt"
	"io"

	"github.com/gotl-gpu/gotl-gpu/graph/pickle"
)

// legacyMagic is the pickle of 0x1950a86a20f9469cfc6c.
var legacyMagic = []byte("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.")

func isLegacy(head []byte) bool { return bytes.HasPrefix(head, legacyMagic) }

// readLegacy reads the container of PyTorch before 1.6: pickles one after the other,
// then the storages.
//
//	magic | 1001 | system info | object | keys | per key: int64 numel, data
//
// Source: torch/serialization.py, _legacy_save and _legacy_load.
func readLegacy(src io.ReaderAt, size int64) (*Set, error) {
	s := &Set{Format: "PyTorch legacy"}
	f := &torchFile{storages: map[string]*storage{}, views: true, src: func(t *Tensor) { t.src = src }}
	d := pickle.NewDecoder(io.NewSectionReader(src, 0, size), pickle.Options{Globals: f.globals(), Persistent: f.storage, Size: size})
	var parts [5]any
	for i := range parts {
		v, err := d.Decode()
		if err != nil {
			return nil, fmt.Errorf("part %d of 5: %w", i+1, err)
		}
		parts[i] = v
	}
	if parts[1] != any(int64(1001)) {
		return nil, unsupported("version %v of PyTorch's legacy container", parts[1])
	}
	if info, ok := parts[2].(*pickle.Dict); !ok || !littleEndian(info) {
		return nil, unsupported("a file of a big-endian machine, or without a word on that")
	}
	if err := f.locate(src, d.Offset(), size, parts[4]); err != nil {
		return nil, err
	}
	return s, s.stateDict(parts[3])
}

func littleEndian(info *pickle.Dict) bool {
	v, _ := info.Get("little_endian")
	return v == any(true)
}

// locate walks over the storages, which stand in the order of keys.
func (f *torchFile) locate(src io.ReaderAt, at, size int64, keys any) error {
	l, ok := keys.(*pickle.List)
	if !ok {
		return malformed("the keys of the storages are no list")
	}
	for _, k := range l.Items {
		key, _ := k.(string)
		st := f.storages[key]
		if st == nil || st.at >= 0 {
			return malformed("storage %q is not used, or stands twice", key)
		}
		var n [8]byte
		if _, err := src.ReadAt(n[:], at); err != nil {
			return malformed("the file ends before storage %q", key)
		}
		if le.Uint64(n[:]) != uint64(st.numel) {
			return malformed("storage %q has %d elements, %d were announced", key, le.Uint64(n[:]), st.numel)
		}
		st.at = at + 8
		if need := int64(st.numel) * int64(st.dtype.Size()); need > size-st.at {
			return malformed("storage %q of %d bytes at %d: the file ends before", key, need, st.at)
		}
		at = st.at + int64(st.numel)*int64(st.dtype.Size())
	}
	if at != size {
		return malformed("%d bytes behind the last storage", size-at)
	}
	return nil
}
