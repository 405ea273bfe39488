package dataset

import (
	"fmt"
	"runtime"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/picture"
)

// Options of a Scan; the zero value of each field is the default.
type Options struct {
	Path   string // folder, or a table
	Format string // auto, imagefolder, csv (comma, semicolon or tab), jsonl
	Root   string // tables: folder of the paths, default the table's

	PathCol   string // tables: column of paths
	LabelCol  string // tables: column of labels
	ClassFrom string // imagefolder: first (torchvision) or leaf (timm)

	ClassOrder string   // bytes or natural (2 before 10)
	Classes    []string // fixes names and order
	AllowEmpty bool     // classes without pictures are fine (evaluation by a model's classes)

	GroupBy   string // COL, FILE:COL, re:PATTERN or parent
	AllowLeak bool   // duplicates across the user's own splits only warn

	MaxBad float64 // share of bad pictures that is tolerated, default 0.05
	Strict bool    // the first bad picture is an error
	Verify string  // headers or full (decodes everything)

	Picture  picture.Options
	Workers  int                   // default: number of CPUs
	Progress func(done, total int) // called from one goroutine at a time
}

func (o Options) withDefaults() (Options, error) {
	set := func(s *string, def string, known ...string) error {
		if *s == "" {
			*s = def
		}
		for _, k := range known {
			if *s == k {
				return nil
			}
		}
		return fmt.Errorf("%w: %q; known: %v", fault.ErrUsage, *s, known)
	}
	if o.MaxBad == 0 {
		o.MaxBad = 0.05
	}
	if o.MaxBad < 0 || o.MaxBad > 1 {
		return o, fmt.Errorf("%w: max bad %v, want 0 to 1", fault.ErrUsage, o.MaxBad)
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	for _, err := range []error{
		set(&o.Format, "auto", "auto", "imagefolder", "csv", "jsonl"),
		set(&o.ClassFrom, "first", "first", "leaf"),
		set(&o.ClassOrder, "bytes", "bytes", "natural"),
		set(&o.Verify, "headers", "headers", "full"),
	} {
		if err != nil {
			return o, err
		}
	}
	return o, nil
}
