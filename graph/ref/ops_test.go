package ref

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every type of package graph with a method Kind is an operator and has a kernel.
func TestEveryOperatorHasAKernel(t *testing.T) {
	have := map[string]bool{}
	for op := range kernels {
		have[op.Name()] = true
	}
	files, err := filepath.Glob("../op_*.go")
	require.NoError(t, err)
	found := 0
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Name.Name != "Kind" || fn.Recv == nil {
				continue
			}
			op := fn.Recv.List[0].Type.(*ast.Ident).Name
			require.True(t, have[op], "%s has no kernel", op)
			found++
		}
	}
	require.Equal(t, len(kernels), found)
}
