package transfer

import (
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// YAML writes every setting on a line with its origin as a comment. The result is
// a configuration that --config reads back to the same settings.
func (s Settings) YAML(o Origins) []byte {
	var b strings.Builder
	b.WriteString("# All settings of this run, with the place each came from.\n# To use them again: gotl-gpu finetune -c config.yaml\n")
	v := reflect.ValueOf(s)
	for _, f := range Fields(s) {
		from := o[f.Name]
		if from == "" {
			from = "default"
		}
		line := f.Name + ": " + yamlScalar(f, v.FieldByIndex(f.index))
		fmt.Fprintf(&b, "%-34s # %s\n", line, oneLine(from))
	}
	return []byte(b.String())
}

// yamlScalar quotes texts where YAML needs it.
func yamlScalar(f Field, v reflect.Value) string {
	if v.Kind() != reflect.String {
		return f.text(v)
	}
	n := yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: v.String()}
	if strings.ContainsAny(v.String(), "\n\r\u0085\u2028\u2029") {
		n.Style = yaml.DoubleQuotedStyle
	}
	out, err := yaml.Marshal(&n)
	if err != nil {
		return `""`
	}
	return strings.TrimSuffix(string(out), "\n")
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
