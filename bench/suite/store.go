package suite

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/transfer/atomicfile"
)

// Store keeps the rows of one day on one machine in a JSON file, and beside it a
// Markdown table. Both are replaced whole after every Put, so a run that was killed
// goes on where it stopped.
type Store struct {
	File string // ends in .json
	Rows []Row
}

// OpenStore reads the rows of dir/DATE-MACHINE.json, if there are any.
func OpenStore(dir string, m *Machine) (*Store, error) {
	s := &Store{File: filepath.Join(dir, m.Date+"-"+m.Slug()+".json")}
	rows, err := ReadRows(s.File)
	if errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	s.Rows = rows
	return s, err
}

// ReadRows reads a result file.
func ReadRows(file string) ([]Row, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var rows []Row
	if err := json.Unmarshal(text, &rows); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return rows, nil
}

// Has reports whether a row that measures the same is there and did not fail.
func (s *Store) Has(r Row) bool {
	for _, x := range s.Rows {
		if x.key() == r.key() && x.Note == "" {
			return true
		}
	}
	return false
}

// Put adds rows, in the place of those that measure the same, and saves.
func (s *Store) Put(rows ...Row) error {
	for _, r := range rows {
		s.put(r)
	}
	return s.save()
}

func (s *Store) put(r Row) {
	for i, x := range s.Rows {
		if x.key() == r.key() {
			s.Rows[i] = r
			return
		}
	}
	s.Rows = append(s.Rows, r)
}

func (s *Store) save() error {
	var b bytes.Buffer
	for i, r := range s.Rows {
		line, err := json.Marshal(r)
		if err != nil {
			return err
		}
		b.WriteString(map[bool]string{true: "[\n", false: ",\n"}[i == 0])
		b.Write(line)
	}
	b.WriteString("\n]\n")
	if err := os.MkdirAll(filepath.Dir(s.File), 0o755); err != nil {
		return err
	}
	if err := atomicfile.WriteBytes(s.File, b.Bytes()); err != nil {
		return err
	}
	return atomicfile.WriteBytes(strings.TrimSuffix(s.File, ".json")+".md", []byte(Markdown(s.Rows)))
}
