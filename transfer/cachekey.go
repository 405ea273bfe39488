package transfer

import (
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/transfer/cache"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/jpeg"
)

// cacheFormat changes when the same inputs give other records.
const cacheFormat = "gotl records 1"

// program is the SHA-256 of the running binary: decoding, resizing and augmentation
// are its code, and equal bits are promised for one binary only (SCHEMES §7).
var program = sync.OnceValue(func() string {
	f, err := os.Open("/proc/self/exe")
	if err != nil {
		path, err := os.Executable()
		if err != nil {
			return Version
		}
		if f, err = os.Open(path); err != nil {
			return Version
		}
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return Version
	}
	return fmt.Sprintf("%x", h.Sum(nil))
})

// cacheParts lists what the records of every view depend on, but for the pictures'
// bytes (each record's tag has those) and the view (see viewKey).
func (j *job) cacheParts(c *cut) ([]string, error) {
	net, err := hashGraph(c.prefix)
	if err != nil {
		return nil, err
	}
	caps := j.backend.Caps().Info
	parts := []string{cacheFormat, program(), jpeg.Decoder(), runtime.Version(), j.pre.JSON(), net, strings.Join(c.names, " "),
		fmt.Sprint(j.pixelSource()),
		j.backend.Name(), fmt.Sprint(runtime.GOMAXPROCS(0)), fmt.Sprint(j.set.Batch), j.set.Precision, "f32", setOf(j.data)}
	for _, k := range slices.Sorted(maps.Keys(caps)) {
		parts = append(parts, k, caps[k])
	}
	return append(parts, librarySettings()...), nil
}

// viewKey is the key of the file that holds one view.
func viewKey(parts []string, v dataset.View, number int) cache.Key {
	return cache.NewKey(append(slices.Clone(parts), v.Key(), fmt.Sprint(number))...)
}

// librarySettings are the environment variables that change oneDNN's numbers.
func librarySettings() []string {
	var out []string
	for _, e := range os.Environ() {
		if strings.HasPrefix(e, "ONEDNN_") || strings.HasPrefix(e, "DNNL_") {
			out = append(out, e)
		}
	}
	slices.Sort(out)
	return out
}

// setOf keeps the files of different data sets apart: their records lie by sample
// index.
func setOf(set *dataset.Set) string {
	h := sha256.New()
	for i := range set.Samples {
		fmt.Fprintf(h, "%d %s", len(set.Samples[i].Path), set.Samples[i].Path)
	}
	return fmt.Sprintf("%d %x", len(set.Samples), h.Sum(nil))
}

// hashGraph is the SHA-256 of a graph's operators, attributes, names, shapes and
// weights.
func hashGraph(g *graph.Graph) (string, error) {
	h := sha256.New()
	for _, v := range g.Inputs {
		fmt.Fprintf(h, "input %q %v\n", v.Name, v.Type)
	}
	for _, v := range slices.Concat(g.Consts, g.States) {
		sum, err := hashData(v.Data)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "const %q %v %x\n", v.Name, v.Type, sum)
	}
	name := func(v *graph.Value) string {
		if v == nil {
			return ""
		}
		return v.Name
	}
	for _, n := range g.Nodes {
		fmt.Fprintf(h, "%q %s %#v", n.Name, n.Op.Kind(), n.Op)
		for _, v := range n.In {
			fmt.Fprintf(h, " %q", name(v))
		}
		for _, v := range n.Out {
			fmt.Fprintf(h, " > %q %v", v.Name, v.Type)
		}
		fmt.Fprintln(h)
	}
	for _, v := range g.Outputs {
		fmt.Fprintf(h, "output %q\n", v.Name)
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}
