package optim

import (
	"math"
	"strconv"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

const knownSchedules = "onecycle[:Q[:DIV]], onecycle:torch, cosine, step:EPOCHS[:GAMMA], linear[:END], constant"

// ParseSchedule reads --sched. onecycle without numbers takes those of base,
// which differ by phase. Error: fault.ErrUsage.
func ParseSchedule(spec string, base OneCycle, stepsPerEpoch int) (Schedule, error) {
	name, rest, _ := strings.Cut(strings.ToLower(spec), ":")
	if name == "onecycle" && rest == "torch" {
		return OneCycleTorch{}, nil
	}
	build, known := builders[name]
	arg, err := numbers(rest)
	if !known || err != nil || len(arg) > build.most {
		return nil, badSchedule(spec)
	}
	s, ok := build.make(arg, base, stepsPerEpoch)
	if !ok {
		return nil, badSchedule(spec)
	}
	return s, nil
}

// args are the numbers after the name.
type args []float64

func (a args) or(i int, otherwise float64) float64 {
	if i < len(a) {
		return a[i]
	}
	return otherwise
}

// builders: how many numbers a schedule takes, and what it makes of them.
var builders = map[string]struct {
	most int
	make func(a args, base OneCycle, stepsPerEpoch int) (s Schedule, ok bool)
}{
	"onecycle": {2, func(a args, c OneCycle, _ int) (Schedule, bool) {
		c.Q, c.Div = a.or(0, c.Q), a.or(1, c.Div)
		return c, c.Q <= 1 && c.Div >= 1
	}},
	"step": {2, func(a args, _ OneCycle, n int) (Schedule, bool) {
		every, gamma := a.or(0, 30), a.or(1, .1)
		ok := every >= 1 && every < 1e9 && every == math.Trunc(every) && gamma > 0
		return Step{Every: int(every), Gamma: gamma, StepsPerEpoch: n}, ok
	}},
	"cosine":   {0, func(args, OneCycle, int) (Schedule, bool) { return Cosine{}, true }},
	"linear":   {1, func(a args, _ OneCycle, _ int) (Schedule, bool) { return Linear{Final: a.or(0, 0)}, true }},
	"constant": {0, func(args, OneCycle, int) (Schedule, bool) { return Constant{}, true }},
}

// numbers reads NUMBER[:NUMBER…], none of them negative or infinite.
func numbers(s string) ([]float64, error) {
	if s == "" {
		return nil, nil
	}
	var out []float64
	for f := range strings.SplitSeq(s, ":") {
		x, err := strconv.ParseFloat(f, 64)
		if err != nil {
			return nil, err
		}
		if !(x >= 0) || math.IsInf(x, 0) {
			return nil, strconv.ErrRange
		}
		out = append(out, x)
	}
	return out, nil
}

func badSchedule(spec string) error {
	return fault.New(fault.ErrUsage, "unknown schedule", "--sched "+spec, "known: "+knownSchedules, "--sched onecycle")
}
