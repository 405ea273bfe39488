package transfer

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/anatomy"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	weightfile "github.com/gotl-gpu/gotl-gpu/graph/weights"
	"github.com/gotl-gpu/gotl-gpu/graph/zoo"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/resize"
)

// archFile splits ARCH+FILE: a built-in architecture and a file of its weights. A path
// that exists is a path.
func archFile(model string) (arch, file string, ok bool) {
	if exists(model) {
		return "", "", false
	}
	arch, file, ok = strings.Cut(model, "+")
	return arch, file, ok && arch != "" && file != ""
}

// isWeights reports whether file is one of weights without an architecture.
func isWeights(file string) bool {
	for _, ext := range []string{".safetensors", ".pth", ".pt"} {
		if strings.HasSuffix(strings.ToLower(file), ext) {
			return true
		}
	}
	return false
}

// weightsAlone tells what architectures a file of weights fits.
func weightsAlone(file string) error {
	set, err := weightfile.Open(file)
	if err != nil {
		return err
	}
	defer set.Close()
	do := "gotl-gpu lists no architecture with these tensors; export the network as ONNX"
	if names := zoo.Fitting(set); len(names) > 0 {
		do = "--model " + names[0] + "+" + file
		if len(names) > 1 {
			do += "   (" + strings.Join(names[1:], ", ") + " fit as well)"
		}
	}
	return fault.New(fault.ErrUsage, "weights without an architecture", file, fmt.Sprintf("the file holds %d tensors and no network", len(set.Names())), do)
}

// openArch builds a network of the zoo with the weights of a file.
func openArch(s *Settings, arch, file string, batch int) (*network, error) {
	set, err := weightfile.Open(file)
	if err != nil {
		return nil, err
	}
	defer set.Close()
	g, notes, err := zoo.Load(arch, set, zoo.Options{Batch: batch, Size: s.ImgSize})
	if err != nil {
		return nil, err
	}
	sum, err := fileSHA256(file)
	if err != nil {
		return nil, err
	}
	a, _ := zoo.Lookup(arch)
	n := &network{graph: g, norms: anatomy.CountNorms(g).Class, path: s.Model, sha256: sum, notes: append(set.Notes, notes...),
		meta: map[string]string{"gotl.architecture": arch}}
	if n.head, err = anatomy.FindHead(g, s.HeadNode); err != nil {
		return nil, fault.New(err, "no place for a classifier", s.Model, err.Error(), "choose a node with --head-node")
	}
	n.features = n.head.Features.Name
	if n.pre, err = archPreprocess(s, a.Preprocess); err == nil {
		in := g.Inputs[0].Shape
		n.pre = n.pre.ForInput(in[2], in[3])
		err = n.pre.Check()
	}
	return n, err
}

// archPreprocess is --preset, or how pictures were prepared for the published weights.
func archPreprocess(s *Settings, p zoo.Preprocess) (dataset.Preprocess, error) {
	rule := resize.Rule(s.Resize)
	if s.Resize == "auto" {
		rule = resize.ONNX
	}
	if s.Preset != "" {
		pre, err := dataset.LoadPreset(s.Preset, rule)
		pre.Exif = s.EXIF
		return pre, err
	}
	pre, err := dataset.Preset("torchvision", rule)
	filter := resize.Bilinear
	if p.Filter == "bicubic" {
		filter = resize.Bicubic
	}
	pre.Exif, pre.Source = s.EXIF, "published weights of the architecture"
	pre.Resize.Size, pre.Resize.Filter, pre.Crop, pre.Mean, pre.Std = p.Resize, filter, [2]int{p.Crop, p.Crop}, p.Mean, p.Std
	return pre, err
}

// fileSHA256 is the hex SHA-256 of a file.
func fileSHA256(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", fault.New(fault.ErrModel, "weights not readable", file, errText(err), "")
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fault.New(fault.ErrModel, "weights not readable", file, errText(err), "")
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}
