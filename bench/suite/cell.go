package suite

import (
	"path"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/transfer/throughput"
)

// Cell is one measurement of the engine suite.
type Cell struct {
	Net, Task string
	Batch     int
}

// Cells lists the cells of the design's table: every task of every network.
func Cells() []Cell {
	var cs []Cell
	for _, net := range throughput.Reference() {
		for _, t := range throughput.Tasks() {
			for _, b := range t.Batches(throughput.DefaultBatch(net)) {
				cs = append(cs, Cell{net, string(t), b})
			}
		}
	}
	return cs
}

// Matches reports whether a comma-separated list of patterns names net/task: "",
// "resnet18/full", "*/infer", "resnet18", "infer", "job/*".
func Matches(only, net, task string) bool {
	if only == "" {
		return true
	}
	for _, p := range strings.Split(only, ",") {
		full, err := path.Match(p, net+"/"+task)
		if p == net || p == task || err == nil && full {
			return true
		}
	}
	return false
}
