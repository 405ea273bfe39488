package throughput

import (
	"slices"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Task is one kind of step.
type Task string

// The tasks, see the package comment.
const (
	Full       Task = "full"
	Affine     Task = "affine"
	Last       Task = "last"
	Head       Task = "head"
	CachedLast Task = "cached-last"
	CachedHead Task = "cached-head"
	Infer      Task = "infer"
)

// Tasks lists all tasks.
func Tasks() []Task { return []Task{Full, Affine, Last, Head, CachedLast, CachedHead, Infer} }

// ParseTasks reads a comma-separated list; "all" or nothing is all of them.
func ParseTasks(s string) ([]Task, error) {
	if s == "" || s == "all" {
		return Tasks(), nil
	}
	var out []Task
	for _, word := range strings.Split(s, ",") {
		t := Task(strings.TrimSpace(word))
		if !slices.Contains(Tasks(), t) {
			return nil, fault.New(fault.ErrUsage, "unknown task", "--tasks "+s, "there is: "+list(), "--tasks full,infer")
		}
		out = append(out, t)
	}
	return out, nil
}

func list() string {
	var words []string
	for _, t := range Tasks() {
		words = append(words, string(t))
	}
	return strings.Join(words, ", ")
}

// Batches returns the batch sizes a task is timed at: inference at 1 and 16, all
// else at the training batch.
func (t Task) Batches(train int) []int {
	if t == Infer {
		return []int{1, 16}
	}
	return []int{train}
}
