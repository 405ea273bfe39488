// Package weightstest writes PyTorch state dicts for tests, in both containers.
package weightstest

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/pickle/pickletest"
	"github.com/gotl-gpu/gotl-gpu/graph/weights"
)

var le = binary.LittleEndian

// Zip is the container of PyTorch 1.6 and later.
func Zip(tensors []weights.Named) []byte {
	entries := []Entry{{"archive/data.pkl", pickletest.Dump(StateDict(tensors, false))}, {"archive/byteorder", []byte("little")}}
	for i, t := range tensors {
		entries = append(entries, Entry{fmt.Sprintf("archive/data/%d", i), Bytes(t.Data)})
	}
	return Store(entries)
}

// Entry is a file of a zip.
type Entry struct {
	Name string
	Data []byte
}

// Store is a zip of uncompressed entries.
func Store(entries []Entry) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		w, err := z.CreateHeader(&zip.FileHeader{Name: e.Name, Method: zip.Store})
		if err == nil {
			_, err = w.Write(e.Data)
		}
		must(err)
	}
	must(z.Close())
	return b.Bytes()
}

// Legacy is the container before PyTorch 1.6.
func Legacy(tensors []weights.Named) []byte {
	keys := []any{}
	for i := range tensors {
		keys = append(keys, fmt.Sprint(i))
	}
	b := LegacyHead(StateDict(tensors, true), keys)
	for _, t := range tensors {
		b = le.AppendUint64(b, uint64(t.Data.Type().Shape.Len()))
		b = append(b, Bytes(t.Data)...)
	}
	return b
}

// LegacyHead is the pickles that stand before the storages.
func LegacyHead(object any, keys []any) []byte {
	b := []byte("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.")
	b = append(b, pickletest.Dump(1001)...)
	b = append(b, pickletest.Dump([]pickletest.Entry{{Key: "protocol_version", Value: 1001}, {Key: "little_endian", Value: true}})...)
	b = append(b, pickletest.Dump(object)...)
	return append(b, pickletest.Dump(keys)...)
}

// StateDict is an OrderedDict of tensors, storages numbered from 0.
func StateDict(tensors []weights.Named, legacy bool) pickletest.Items {
	d := pickletest.Items{From: pickletest.Call{Fn: "collections OrderedDict"}}
	for i, t := range tensors {
		d.Entries = append(d.Entries, pickletest.Entry{Key: t.Name, Value: Tensor(fmt.Sprint(i), t.Data.Type().Shape, legacy)})
	}
	return d
}

// Tensor is a row-major float32 tensor on the whole storage called key.
func Tensor(key string, shape graph.Shape, legacy bool) pickletest.Call {
	size, stride := pickletest.Tuple{}, pickletest.Tuple{}
	for i, n := range shape.Strides() {
		size, stride = append(size, shape[i]), append(stride, n)
	}
	return Rebuild(Storage("FloatStorage", key, shape.Len(), legacy), 0, size, stride)
}

// Storage is a persistent id.
func Storage(class pickletest.Global, key string, numel int, legacy bool) pickletest.Persistent {
	id := pickletest.Persistent{"storage", "torch " + class, key, "cpu", numel}
	if legacy {
		id = append(id, nil)
	}
	return id
}

// Rebuild is a tensor on a storage.
func Rebuild(storage any, offset int, size, stride pickletest.Tuple) pickletest.Call {
	return pickletest.Call{Fn: "torch._utils _rebuild_tensor_v2", Args: pickletest.Tuple{storage, offset, size, stride, false,
		pickletest.Call{Fn: "collections OrderedDict"}}}
}

// Bytes is the content of a tensor as little-endian float32.
func Bytes(d graph.Data) []byte {
	x := make([]float32, d.Type().Shape.Len())
	must(d.Fill(x, 0))
	b := make([]byte, 0, 4*len(x))
	for _, v := range x {
		b = le.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
