package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer"
)

// given collects the settings on one command line.
type given struct {
	fields []transfer.Field
	src    transfer.Sources
	sets   []string // --set key=value
}

// bind gives c a flag for every setting and spelling. layered adds --config, --set
// and --recipe.
func bind(c *cobra.Command, settings any, layered bool) *given {
	g := &given{fields: transfer.Fields(settings)}
	f := c.Flags()
	f.SortFlags = false
	for _, field := range g.fields {
		g.flag(f, field.Name, field.Short, field, help(field))
		for _, alias := range field.Aliases {
			g.hidden(f, alias, field)
		}
		if field.Bool {
			g.hidden(f, "no-"+field.Name, field)
		}
	}
	if layered {
		for _, extra := range []string{"cos-lr", "amp", "fp16", "bf16", "deterministic", "use-deterministic-algorithms"} {
			g.hidden(f, extra, transfer.Field{Bool: true})
		}
		f.Lookup("model-ema").NoOptDefVal = "true"
		f.StringVarP(&g.src.Config, "config", "c", "", "YAML file of settings; a run's config.yaml is one (also: cfg)")
		f.StringArrayVar(&g.sets, "set", nil, "KEY=VALUE, over --config, under flags; repeatable")
		f.StringVar(&g.src.Recipe, "recipe", "", "named set of numbers: "+strings.Join(transfer.Recipes(), ", "))
		f.StringVar(&g.src.Config, "cfg", "", "")
		f.Lookup("cfg").Hidden = true
	}
	return g
}

func help(f transfer.Field) string {
	if len(f.Aliases) == 0 {
		return f.Help
	}
	return f.Help + " (also: " + strings.Join(f.Aliases, ", ") + ")"
}

func (g *given) flag(set *pflag.FlagSet, name, short string, f transfer.Field, usage string) *pflag.Flag {
	flag := set.VarPF(&flagValue{g: g, name: name, def: f.Default, arg: f.Arg}, name, short, usage)
	if f.Bool {
		flag.NoOptDefVal = "true"
		flag.DefValue = ""
		if f.Default == "true" {
			flag.DefValue = "true"
		}
	}
	return flag
}

func (g *given) hidden(set *pflag.FlagSet, name string, f transfer.Field) {
	if set.Lookup(name) == nil {
		f.Default = ""
		g.flag(set, name, "", f, "").Hidden = true
	}
}

// flagValue records a flag's value for transfer.ParseSettings, which converts it.
type flagValue struct {
	g              *given
	name, def, arg string
}

func (v *flagValue) String() string { return v.def }

// Type is the placeholder in help; pflag prints none for bool.
func (v *flagValue) Type() string {
	if v.arg == "" {
		return "bool"
	}
	return v.arg
}

func (v *flagValue) Set(s string) error {
	v.g.src.Flags = append(v.g.src.Flags, transfer.Given{Key: v.name, Value: s, Where: "--" + v.name})
	return nil
}

var keyValue = regexp.MustCompile(`^([a-z][a-z0-9_.-]*)=(.*)$`)

// arguments sorts what follows the verb into settings and paths. What stands
// behind -- is a path. An unknown key is one if it exists.
func (g *given) arguments(c *cobra.Command, args []string) (paths []string) {
	dash := c.ArgsLenAtDash()
	for i, a := range args {
		m := keyValue.FindStringSubmatch(a)
		switch {
		case m == nil || dash >= 0 && i >= dash:
			paths = append(paths, a)
		case g.layer(c, m[1], m[2]):
		case transfer.Known(g.fields, m[1]) || !exists(a):
			g.src.Flags = append(g.src.Flags, transfer.Given{Key: m[1], Value: m[2], Where: a})
		default:
			paths = append(paths, a)
		}
	}
	return paths
}

// layer takes the keys that choose a source of settings.
func (g *given) layer(c *cobra.Command, key, value string) bool {
	f := c.Flags().Lookup(transfer.NormalKey(key))
	if f == nil || f.Name != "config" && f.Name != "cfg" && f.Name != "recipe" {
		return false
	}
	return f.Value.Set(value) == nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// sources returns all that was given, --set taken apart.
func (g *given) sources() (transfer.Sources, error) {
	for _, s := range g.sets {
		k, v, ok := strings.Cut(s, "=")
		if !ok {
			return g.src, fault.New(fault.ErrUsage, "--set wants KEY=VALUE", "--set "+s, "there is no =", "--set lr=0.001")
		}
		g.src.Set = append(g.src.Set, transfer.Given{Key: k, Value: v, Where: "--set " + s})
	}
	return g.src, nil
}

// parse fills settings, a pointer, from what was given and prints notes.
func (g *given) parse(a *app, settings any) error {
	_, err := g.layered(a, settings)
	return err
}

// layered is parse with the origins of all values.
func (g *given) layered(a *app, settings any) (transfer.Origins, error) {
	src, err := g.sources()
	if err != nil {
		return nil, err
	}
	o, notes, err := transfer.ParseInto(settings, src)
	a.note(notes)
	return o, err
}

// positional makes the only path, if there is one, the value of key.
func (g *given) positional(key string, paths []string) error {
	if len(paths) > 1 {
		return fault.New(fault.ErrUsage, fmt.Sprintf("%d arguments, want one", len(paths)), paths[1],
			"beside "+paths[0], "put a path with spaces into quotes")
	}
	for _, p := range paths {
		g.src.Flags = append(g.src.Flags, transfer.Given{Key: key, Value: p, Where: "argument"})
	}
	return nil
}

// normalFlag makes --batch_size and --batch-size one flag.
func normalFlag(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	return pflag.NormalizedName(transfer.NormalKey(name))
}

// flagError words a mistake in the flags with the nearest spelling.
func flagError(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return fault.New(fault.ErrUsage, err.Error(), c.CommandPath(), "the flags cannot be read", c.CommandPath()+" --help lists all flags")
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	do := c.CommandPath() + " --help lists all flags"
	if near := transfer.Nearest(transfer.NormalKey(unknown.GetSpecifiedName()), names); near != "" {
		do = fmt.Sprintf("did you mean %q?", "--"+near)
	}
	return fault.New(fault.ErrUsage, err.Error(), c.CommandPath(), "this command has no such flag", do)
}

// joinBooleans lets "--flag True" mean "--flag=True", as some other tools write
// it, for flags that need no value.
func joinBooleans(root *cobra.Command, args []string) []string {
	c, _, err := root.Find(args)
	if err != nil {
		c = root
	}
	out := []string{} // nil would make cobra take those of the process
	for i := 0; i < len(args); i++ {
		a := args[i]
		if a == "--" {
			return append(out, args[i:]...)
		}
		if name, ok := strings.CutPrefix(a, "--"); ok && i+1 < len(args) && isBoolWord(args[i+1]) {
			if f := c.Flags().Lookup(name); f != nil && f.NoOptDefVal != "" {
				a += "=" + args[i+1]
				i++
			}
		}
		out = append(out, a)
	}
	return out
}

func isBoolWord(s string) bool {
	switch s {
	case "True", "true", "False", "false":
		return true
	}
	return false
}

// noArgs refuses arguments.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fault.New(fault.ErrUsage, fmt.Sprintf("%s takes no argument", c.Name()), args[0],
		fmt.Sprintf("%d given", len(args)), c.CommandPath())
}
