package transfer

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// MaxConfig is the largest configuration file, in bytes.
const MaxConfig = 1 << 20

// readConfig reads a flat YAML mapping of settings. Every entry keeps its place,
// FILE:LINE:COLUMN, with the file's base name. No name reads nothing.
func readConfig(file string) ([]Given, error) {
	if file == "" {
		return nil, nil
	}
	text, err := readLimited(file)
	if err != nil {
		return nil, err
	}
	return parseConfig(filepath.Base(file), text)
}

func readLimited(file string) ([]byte, error) {
	bad := func(why, do string) error {
		return fault.New(fault.ErrUsage, "configuration not read", file, why, do)
	}
	fi, err := os.Stat(file)
	if err != nil {
		return nil, bad(reasonOf(err), "give an existing file after --config")
	}
	if !fi.Mode().IsRegular() {
		return nil, bad("not a regular file", "give a YAML file after --config")
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, bad(reasonOf(err), "make it readable")
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, MaxConfig+1))
	if err != nil {
		return nil, bad(reasonOf(err), "make it readable")
	}
	if len(text) > MaxConfig {
		return nil, bad(fmt.Sprintf("over %d bytes", MaxConfig), "a configuration has one line a setting")
	}
	return text, nil
}

// reasonOf drops the path from an error of package os; it stands elsewhere.
func reasonOf(err error) string {
	if pe, ok := err.(*os.PathError); ok { //nolint:errorlint // the outermost error is meant
		return pe.Err.Error()
	}
	return err.Error()
}

func parseConfig(name string, text []byte) ([]Given, error) {
	d := yaml.NewDecoder(strings.NewReader(string(text)))
	var doc, more yaml.Node
	switch err := d.Decode(&doc); {
	case err == io.EOF: //nolint:errorlint // the decoder returns it bare
		return nil, nil
	case err != nil:
		return nil, syntaxError(name, err)
	}
	if err := d.Decode(&more); err != io.EOF { //nolint:errorlint // as above
		return nil, configError(name, &more, "a second document", "keep one")
	}
	root := doc.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return nil, nil
	}
	if root.Kind != yaml.MappingNode {
		return nil, configError(name, root, "not a list of settings", "write lines such as batch: 32")
	}
	return mapping(name, root)
}

func mapping(name string, root *yaml.Node) ([]Given, error) {
	seen := map[string]bool{}
	var all []Given
	for i := 0; i+1 < len(root.Content); i += 2 {
		k, v := root.Content[i], root.Content[i+1]
		if k.Kind != yaml.ScalarNode {
			return nil, configError(name, k, "a key that is not a word", "write lines such as batch: 32")
		}
		if seen[NormalKey(k.Value)] {
			return nil, configError(name, k, fmt.Sprintf("%q stands twice", k.Value), "keep one")
		}
		seen[NormalKey(k.Value)] = true
		text, err := scalar(name, k.Value, v)
		if err != nil {
			return nil, err
		}
		all = append(all, Given{k.Value, text, place(name, k)})
	}
	return all, nil
}

// scalar returns a value as written; a sequence of scalars joins with commas.
func scalar(name, key string, v *yaml.Node) (string, error) {
	switch {
	case v.Kind == yaml.ScalarNode && v.Tag == "!!null":
		return "", configError(name, v, fmt.Sprintf("%q has no value", key), "give one, or remove the line")
	case v.Kind == yaml.ScalarNode:
		return v.Value, nil
	case v.Kind != yaml.SequenceNode:
		return "", configError(name, v, fmt.Sprintf("the value of %q is not a plain one", key), "settings are not nested")
	}
	parts := make([]string, len(v.Content))
	for i, e := range v.Content {
		if e.Kind != yaml.ScalarNode {
			return "", configError(name, e, fmt.Sprintf("the list of %q is nested", key), "list plain values")
		}
		parts[i] = e.Value
	}
	return strings.Join(parts, ","), nil
}

func place(name string, n *yaml.Node) string { return fmt.Sprintf("%s:%d:%d", name, n.Line, n.Column) }

func configError(name string, n *yaml.Node, what, do string) error {
	return fault.New(fault.ErrUsage, what, place(name, n), "a configuration is a flat list of KEY: VALUE", do)
}

var yamlLine = regexp.MustCompile(`line (\d+): (.*)`)

// syntaxError keeps the line that the YAML library names (it knows no column).
func syntaxError(name string, err error) error {
	where, why := name, err.Error()
	if m := yamlLine.FindStringSubmatch(why); m != nil {
		where, why = name+":"+m[1], m[2]
	}
	return fault.New(fault.ErrUsage, "configuration is not YAML", where, why, "write lines such as batch: 32")
}
