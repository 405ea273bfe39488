package dataset

import (
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"io"

	"github.com/gotl-gpu/gotl-gpu/transfer/atomicfile"
)

// WriteSplit writes split.csv: path,label,split,group,sha256,phash (empty). The
// file is valid DATA with --root at the pictures' folder.
func (s *Set) WriteSplit(path string) error {
	all := make([]int, len(s.Samples))
	for i := range all {
		all[i] = i
	}
	return s.WriteRows(path, all)
}

// WriteRows writes the same table of chosen samples.
func (s *Set) WriteRows(path string, at []int) error {
	return atomicfile.WriteFile(path, func(w io.Writer) error {
		c := csv.NewWriter(w)
		_ = c.Write([]string{"path", "label", "split", "group", "sha256", "phash"})
		for _, i := range at {
			x := &s.Samples[i]
			_ = c.Write([]string{x.Path, s.Classes[x.Label], x.Split.String(), x.Group, hex.EncodeToString(x.SHA256[:]), ""})
		}
		c.Flush()
		return c.Error()
	})
}

// WriteSkipped writes skipped.jsonl: one {"path","reason"} a line.
func WriteSkipped(path string, skipped []Skip) error {
	return atomicfile.WriteFile(path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		for _, k := range skipped {
			if err := e.Encode(k); err != nil {
				return err
			}
		}
		return nil
	})
}
