package weights

import (
	"io"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/pickle"
)

// readZip reads the container that torch.save writes since PyTorch 1.6:
//
//	PREFIX/data.pkl    the object, storages by key
//	PREFIX/data/KEY    the bytes of a storage
//	PREFIX/byteorder   "little"; absent in older files
//
// Source: torch/serialization.py, _save and _load.
func readZip(src io.ReaderAt, size int64) (*Set, error) {
	z, err := openZip(src, size)
	if err != nil {
		return nil, err
	}
	prefix, err := z.prefix()
	if err != nil {
		return nil, err
	}
	if err := z.checkOrder(prefix + "byteorder"); err != nil {
		return nil, err
	}
	s := &Set{Format: "PyTorch zip"}
	f := &torchFile{storages: map[string]*storage{}, src: func(t *Tensor) { t.src = src }}
	f.place = func(key string, want int64) (int64, error) {
		at, n, err := z.find(prefix + "data/" + key)
		if err == nil && n != want {
			err = malformed("storage %q has %d bytes in the file, %d are needed", key, n, want)
		}
		return at, err
	}
	at, n, err := z.find(prefix + "data.pkl")
	if err != nil {
		return nil, err
	}
	d := pickle.NewDecoder(io.NewSectionReader(src, at, n), pickle.Options{Globals: f.globals(), Persistent: f.storage, Size: n})
	v, err := d.Decode()
	if err != nil {
		return nil, err
	}
	return s, s.stateDict(v)
}

// prefix finds the folder of data.pkl, and refuses TorchScript.
func (z *zipFile) prefix() (string, error) {
	found := ""
	for name := range z.entries {
		p, ok := strings.CutSuffix(name, "data.pkl")
		if !ok || strings.Count(p, "/") != 1 || !strings.HasSuffix(p, "/") {
			continue
		}
		if found != "" {
			return "", malformed("the zip has two pickles, %q and %q", found+"data.pkl", name)
		}
		found = p
	}
	if found == "" {
		return "", malformed("the zip has no data.pkl: not written by torch.save")
	}
	if _, ok := z.entries[found+"constants.pkl"]; ok {
		return "", unsupported("a TorchScript module, which is a program: save model.state_dict()")
	}
	return found, nil
}

func (z *zipFile) checkOrder(name string) error {
	if _, ok := z.entries[name]; !ok {
		return nil
	}
	at, n, err := z.find(name)
	if err != nil {
		return err
	}
	b := make([]byte, min(n, 16))
	if _, err := z.src.ReadAt(b, at); err != nil {
		return malformed("zip entry %q: %v", name, err)
	}
	if string(b) != "little" {
		return unsupported("byte order %q", b)
	}
	return nil
}
