package transfer

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// translation turns another tool's setting that names a value, too, into one of
// ours.
type translation struct {
	field string
	yes   string // value for true
	no    string // value for false
}

// foreign lists them. Plain renamings are aliases in the tags of Settings.
var foreign = map[string]translation{
	"cos-lr":    {"sched", "cosine", "onecycle"}, // Ultralytics
	"amp":       {"precision", "bf16", "fp32"},   // torchvision, timm
	"fp16":      {"precision", "fp16", "fp32"},   // Hugging Face
	"bf16":      {"precision", "bf16", "fp32"},   // Hugging Face
	"model-ema": {"ema", "on", "off"},            // timm, torchvision
}

func (t translation) value(g Given) (string, error) {
	if b, err := strconv.ParseBool(g.Value); err == nil {
		if b {
			return t.yes, nil
		}
		return t.no, nil
	}
	if t.field == "ema" { // a decay, or on and off
		return g.Value, nil
	}
	return "", fault.New(fault.ErrUsage, g.Key+": wants true or false", g.Where, "given: "+g.Value,
		fmt.Sprintf("--%s %s", t.field, t.yes))
}

// foreignValue maps values of other tools for a setting both have by one name.
func foreignValue(field, value string) string {
	switch field {
	case "device": // Ultralytics: 0 is the first GPU
		if n, err := strconv.Atoi(value); err == nil && n >= 0 {
			return "cuda:" + value
		}
	case "cache": // Ultralytics: where pictures stay
		switch strings.ToLower(value) {
		case "ram", "disk", "true":
			return "all"
		case "false":
			return "none"
		}
	case "ema":
		if b, err := strconv.ParseBool(value); err == nil && value != "0" && value != "1" {
			return map[bool]string{true: "on", false: "off"}[b]
		}
	}
	return value
}

// deterministic accepts what other tools must be told and gotl-gpu always is.
func deterministic(g Given) (note string, err error) {
	on, err := strconv.ParseBool(g.Value)
	if err != nil || !on {
		return "", fault.New(fault.ErrUsage, "runs are always deterministic", g.Where, "given: "+g.Key+" = "+g.Value,
			"leave the setting out")
	}
	return g.Key + " is always on", nil
}
