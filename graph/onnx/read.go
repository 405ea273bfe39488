package onnx

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/anatomy"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx/internal/pb"
)

// Read imports the network in the file at path.
func Read(path string, o Options) (*Model, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, fault.New(err, "the file cannot be read", path, why(err), "")
	}
	return parse(data, path, o)
}

// Parse imports a network from memory. External data are refused: there is no
// folder to look in.
func Parse(data []byte, o Options) (*Model, error) { return parse(data, "", o) }

// readFile reads a regular file of at most MaxFile bytes.
func readFile(path string) ([]byte, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", fault.ErrModel, err)
	}
	if !st.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: not a regular file", fault.ErrModel)
	}
	if st.Size() > MaxFile {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", fault.ErrLimit, st.Size(), MaxFile)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", fault.ErrModel, err)
	}
	defer f.Close()
	data := make([]byte, st.Size())
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, fmt.Errorf("%w: %w", fault.ErrModel, err)
	}
	return data, nil
}

func parse(data []byte, path string, o Options) (*Model, error) {
	m, err := importModel(data, path, o)
	if err == nil {
		return m, nil
	}
	var done *fault.Error
	if errors.As(err, &done) {
		return nil, err
	}
	where := path
	if where == "" {
		where = "the model"
	}
	what, do := "the file contradicts itself", ""
	switch {
	case errors.Is(err, fault.ErrMalformed):
		what, do = "not a readable ONNX file", "check that the file is complete and of the format ONNX"
	case errors.Is(err, fault.ErrLimit):
		what = "limit exceeded"
	case errors.Is(err, fault.ErrUnsupported):
		what = "not supported"
	}
	return nil, fault.New(err, what, where, why(err), do)
}

func importModel(data []byte, path string, o Options) (*Model, error) {
	p := &pb.ModelProto{}
	blobs, err := decode(data, p)
	if err != nil {
		return nil, err
	}
	src := &source{blobs: blobs}
	if path != "" {
		src.dir = filepath.Dir(path)
	}
	defer src.close()
	if ir := p.GetIrVersion(); ir < 1 || ir > 1<<16 {
		return nil, fmt.Errorf("%w: IR version %d", fault.ErrMalformed, ir)
	}
	sum := sha256.Sum256(data)
	m := &Model{Path: path, SHA256: hex.EncodeToString(sum[:]), IR: p.GetIrVersion(), Meta: map[string]string{}}
	m.Producer = strings.TrimSpace(p.GetProducerName() + " " + p.GetProducerVersion())
	for _, e := range p.GetMetadataProps() {
		m.Meta[e.GetKey()] = strings.ToValidUTF8(e.GetValue(), "\uFFFD")
	}
	im := &importer{o: o, src: src, m: m, g: graph.New(), env: map[string]*operand{}, names: map[string]int{}}
	if err := im.setOpsets(p); err != nil {
		return nil, err
	}
	if err := im.run(p.GetGraph()); err != nil {
		return nil, err
	}
	return m, im.finish()
}

// finish simplifies the graph and describes it.
func (im *importer) finish() error {
	g, err := graph.Prune(im.g, im.g.Outputs...)
	if err != nil {
		return err
	}
	im.m.Report.Dropped += len(im.g.Nodes) - len(g.Nodes)
	if im.o.Eval != nil {
		if g, err = graph.FoldConstants(g, im.o.Eval); err != nil {
			return err
		}
	}
	if !im.o.Exact {
		if g, err = rewrite(g, &im.m.Report); err != nil {
			return err
		}
	}
	im.m.Graph = g
	im.m.Report.Norms = anatomy.CountNorms(g)
	return g.Validate()
}
