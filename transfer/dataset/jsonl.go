package dataset

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// readJSONL reads one JSON object a line; values are texts or numbers.
func readJSONL(file string) (*table, error) {
	r, f, err := openTable(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	t := &table{file: file, cols: map[string]int{}}
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 1<<16), 1<<20)
	for n := 1; s.Scan(); n++ {
		if len(bytes.TrimSpace(s.Bytes())) == 0 {
			continue
		}
		if err := t.object(s.Bytes(), n); err != nil {
			return nil, err
		}
	}
	if err := s.Err(); err != nil {
		return nil, fault.New(fault.ErrData, "the table cannot be read", file, err.Error(), "write one JSON object a line")
	}
	for i, row := range t.rows { // rows before a late column
		t.rows[i] = append(row, make([]string, len(t.head)-len(row))...)
	}
	return t, nil
}

func (t *table) object(b []byte, line int) error {
	var v map[string]any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return fault.New(fault.ErrData, "a line is not a JSON object", fmt.Sprintf("%s:%d", t.file, line), err.Error(), "")
	}
	row := make([]string, len(t.head))
	for k, x := range v {
		i, ok := t.cols[k]
		if !ok {
			i = len(t.head)
			t.cols[k], t.head, row = i, append(t.head, k), append(row, "")
		}
		switch x := x.(type) {
		case string:
			row[i] = x
		case json.Number:
			row[i] = x.String()
		case bool:
			row[i] = strconv.FormatBool(x)
		}
	}
	t.rows, t.line = append(t.rows, row), append(t.line, line)
	return nil
}
