package transfer

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Field is one setting as the tags of its struct describe it.
type Field struct {
	Name    string // flag and key
	Short   string // one-letter flag, or ""
	Default string // as text; "" is the zero value
	Help    string
	Aliases []string // spellings of other tools
	Bool    bool
	Arg     string // placeholder of the value in help: "INT"
	typ     reflect.Type
	index   []int // of reflect.Value.FieldByIndex
}

// Fields lists the settings of a struct, or a pointer to one, in order; those of an
// embedded struct stand in its place.
func Fields(settings any) []Field {
	t := reflect.TypeOf(settings)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return fieldsOf(t, nil)
}

func fieldsOf(t reflect.Type, at []int) []Field {
	var fs []Field
	for i := range t.NumField() {
		index := append(slices.Clone(at), i)
		if t.Field(i).Anonymous {
			fs = append(fs, fieldsOf(t.Field(i).Type, index)...)
			continue
		}
		tag := t.Field(i).Tag
		name := tag.Get("flag")
		if name == "" {
			continue
		}
		f := Field{Name: name, Short: tag.Get("short"), Default: tag.Get("def"), Help: tag.Get("help"),
			typ: t.Field(i).Type, index: index}
		if a := tag.Get("alias"); a != "" {
			f.Aliases = strings.Split(a, ",")
		}
		f.Bool = f.typ.Kind() == reflect.Bool
		f.Arg = placeholder(f.typ)
		fs = append(fs, f)
	}
	return fs
}

var durationType = reflect.TypeFor[time.Duration]()

func placeholder(t reflect.Type) string {
	switch {
	case t == durationType:
		return "DURATION"
	case t.Kind() == reflect.Bool:
		return ""
	case t.Kind() == reflect.String:
		return "TEXT"
	case t.Kind() == reflect.Float64:
		return "NUMBER"
	}
	return "INT"
}

// parse converts text to the field's type. Durations without a unit are seconds.
func (f Field) parse(text string) (reflect.Value, error) {
	v := reflect.New(f.typ).Elem()
	switch {
	case f.typ == durationType:
		d, err := parseDuration(text)
		v.SetInt(int64(d))
		return v, err
	case f.typ.Kind() == reflect.String:
		if strings.ContainsRune(text, 0) {
			return v, errors.New("has a zero byte")
		}
		v.SetString(text)
		return v, nil
	}
	return v, parseNumber(v, text)
}

func parseNumber(v reflect.Value, text string) error {
	switch v.Kind() {
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		v.SetBool(b)
		return because(err, "wants true or false")
	case reflect.Int:
		n, err := strconv.ParseInt(text, 10, 64)
		v.SetInt(n)
		return because(err, "wants a whole number")
	case reflect.Uint64:
		n, err := strconv.ParseUint(text, 10, 64)
		v.SetUint(n)
		return because(err, "wants a whole number, not negative")
	case reflect.Float64:
		x, err := strconv.ParseFloat(text, 64)
		if err == nil && (math.IsNaN(x) || math.IsInf(x, 0)) {
			return errors.New("wants a finite number")
		}
		v.SetFloat(x)
		return because(err, "wants a number")
	default:
		return fmt.Errorf("settings of type %v cannot be read", v.Type())
	}
}

func because(err error, text string) error {
	if err == nil {
		return nil
	}
	return errors.New(text)
}

func parseDuration(text string) (time.Duration, error) {
	if n, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(n) < 1e9 {
		return time.Duration(n * float64(time.Second)), nil
	}
	d, err := time.ParseDuration(text)
	return d, because(err, "wants a duration such as 30m or 800ms")
}

// text prints a value so that parse reads it back.
func (f Field) text(v reflect.Value) string {
	switch {
	case f.typ == durationType:
		return v.Interface().(time.Duration).String()
	case v.Kind() == reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	}
	return fmt.Sprint(v.Interface())
}
