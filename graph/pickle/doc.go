// Package pickle reads Python pickles as data. Nothing in a pickle is executed:
// the only globals that mean anything are those the caller lists, each with a Go
// function or a mark of its own; every other is refused by name.
//
//	d := pickle.NewDecoder(r, pickle.Options{Globals: map[string]any{
//		"collections.OrderedDict": pickle.OrderedDict,
//		"torch.FloatStorage":      storageClass("f32"), // a mark, not callable
//	}})
//	v, err := d.Decode() // nil, bool, int64, *big.Int, float64, string, Bytes, *Tuple, *List, *Dict
//
// Opcodes are those of protocol 2 that a pickler writes for data, BINPERSID, and
// the harmless ones of protocols 3 to 5 (framing, memo and bytes). Protocols 0 and
// 1, NEWOBJ, INST, OBJ, EXT and STACK_GLOBAL are refused.
//
// A container is closed once it stands in another one: picklers fill it first.
// Values are therefore free of cycles and at most MaxDepth deep, but the same value
// may stand in many places: whoever walks them counts.
//
// Source: CPython Lib/pickletools.py.
package pickle
