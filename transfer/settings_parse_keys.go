package transfer

import (
	"fmt"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// keys knows every spelling of a set of fields.
type keys struct {
	fields []Field
	byName map[string]*Field
	alias  map[string]*Field
}

func newKeys(fields []Field) *keys {
	k := &keys{fields: fields, byName: map[string]*Field{}, alias: map[string]*Field{}}
	for i := range fields {
		f := &fields[i]
		k.byName[f.Name] = f
		for _, a := range f.Aliases {
			k.alias[a] = f
		}
	}
	return k
}

// resolve finds the field that g means and its value in our spelling. note is set
// if another tool's spelling was translated. f is nil if g needs no setting.
func (k *keys) resolve(g Given) (f *Field, value, note string, err error) {
	key := NormalKey(g.Key)
	if to, ok := foreign[key]; ok && k.byName[to.field] != nil {
		v, err := to.value(g)
		if err != nil {
			return nil, "", "", err
		}
		return k.byName[to.field], v, k.note(g, to.field, v), nil
	}
	if key == "deterministic" || key == "use-deterministic-algorithms" {
		note, err = deterministic(g)
		return nil, "", note, err
	}
	if f = k.byName[key]; f != nil {
		value, note = k.translated(f, g)
		return f, value, note, nil
	}
	if f = k.alias[key]; f != nil {
		value, _ = k.translated(f, g)
		return f, value, k.note(g, f.Name, value), nil
	}
	if f = k.byName[strings.TrimPrefix(key, "no-")]; f != nil && f.Bool {
		return f, negated(g.Value), "", nil
	}
	return nil, "", "", k.unknown(g)
}

// Known reports whether fields has a setting of that spelling, aliases included.
func Known(fields []Field, key string) bool {
	_, _, _, err := newKeys(fields).resolve(Given{Key: key, Value: "true"})
	return err == nil
}

// Spellings lists all names and aliases of fields.
func Spellings(fields []Field) []string {
	var all []string
	for _, f := range fields {
		all = append(append(all, f.Name), f.Aliases...)
		if f.Bool {
			all = append(all, "no-"+f.Name)
		}
	}
	return all
}

// NormalKey maps other tools' underscores to hyphens.
func NormalKey(key string) string { return strings.ReplaceAll(key, "_", "-") }

func (k *keys) note(g Given, name, value string) string {
	return fmt.Sprintf("%s read as --%s %s", g.Key, name, value)
}

// translated maps values that other tools use for one of our own settings.
func (k *keys) translated(f *Field, g Given) (value, note string) {
	value = foreignValue(f.Name, g.Value)
	if value != g.Value {
		note = fmt.Sprintf("%s %s read as --%s %s", g.Key, g.Value, f.Name, value)
	}
	return value, note
}

func (k *keys) unknown(g Given) error {
	do := "--help lists all settings"
	if near := Nearest(NormalKey(g.Key), Spellings(k.fields)); near != "" {
		do = fmt.Sprintf("did you mean %q?", near)
	}
	return fault.New(fault.ErrUsage, fmt.Sprintf("unknown setting %q", g.Key), g.Where,
		"no setting and no file has this name", do)
}

func negated(value string) string {
	switch strings.ToLower(value) {
	case "true", "1", "t":
		return "false"
	case "false", "0", "f":
		return "true"
	}
	return value
}
