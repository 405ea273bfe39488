package dataset

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// readCSV reads a table; the separator is the most frequent of comma,
// semicolon and tab in the first line.
func readCSV(file string) (*table, error) {
	r, f, err := openTable(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	t := &table{file: file}
	c := csv.NewReader(r)
	c.Comma = separator(r)
	for {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fault.New(fault.ErrData, "the table cannot be read", file, err.Error(), "repair the line; quotes inside a quoted field are doubled")
		}
		if t.head == nil {
			if err := t.header(row); err != nil {
				return nil, err
			}
			continue
		}
		line, _ := c.FieldPos(0)
		t.rows, t.line = append(t.rows, row), append(t.line, line)
	}
	if t.head == nil {
		return nil, fault.New(fault.ErrData, "the table is empty", file, "0 rows", "")
	}
	return t, nil
}

func separator(r *bufio.Reader) rune {
	b, _ := r.Peek(1 << 12)
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		b = b[:i]
	}
	best, n := ',', bytes.Count(b, []byte{','})
	for _, s := range []rune{';', '\t'} {
		if k := bytes.Count(b, []byte{byte(s)}); k > n {
			best, n = s, k
		}
	}
	return best
}
