package dnnl

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/stretchr/testify/require"
)

func TestLibraryInfo(t *testing.T) {
	i, err := LibraryInfo()
	require.NoError(t, err)
	t.Logf("%+v", i)
	require.True(t, strings.HasPrefix(i.Version, "3."), i.Version)
	require.True(t, filepath.IsAbs(i.Path), i.Path)
	require.NotContains(t, i.ISA, "0x", "an instruction set without a name")
	require.NotEmpty(t, i.Runtime, "the OpenMP threads are shared")
	require.Positive(t, i.Threads)
	if os.Getenv("OMP_NUM_THREADS") == "" {
		require.LessOrEqual(t, i.Threads, runtime.GOMAXPROCS(0))
	}
	sum, err := i.SHA256()
	require.NoError(t, err)
	require.Len(t, sum, 64)
}

func TestCandidates(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "mine.so")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.Equal(t, []string{file}, candidates(file, "/x/bin/gotl-gpu", "/src/dnnl/search.go"), "a file is taken as it is")
	require.Equal(t, []string{dir + "/libdnnl.so.3"}, candidates(dir, "/x/bin/gotl-gpu", ""), "only the folder asked for")
	require.Equal(t, []string{"/x/bin/lib/libdnnl.so.3", "/x/.deps/onednn/lib/libdnnl.so.3", "/src/.deps/onednn/lib/libdnnl.so.3", "libdnnl.so.3"},
		candidates("", "/x/bin/gotl-gpu", "/src/dnnl/search.go"))
	require.Equal(t, []string{"libdnnl.so.3"}, candidates("", "", "example.org/gotl-gpu/dnnl/search.go"), "-trimpath leaves no source folder")
}

// The error says where it looked, why each place failed and what to do.
func TestLibraryMissing(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "libdnnl.so.3")
	require.NoError(t, os.WriteFile(text, []byte("not a library"), 0o600))
	_, err := open([]string{filepath.Join(dir, "none", soname), text, "libgotl-none.so.3"})
	require.ErrorIs(t, err, fault.ErrDevice)
	require.Equal(t, 5, fault.ExitCode(err))
	got := strings.ReplaceAll(fault.Format(err), dir, "DIR")
	require.Regexp(t, `^error: device: oneDNN >= 3\.0 \(libdnnl\.so\.3\) cannot be loaded
  where  --device cpu
  why    DIR/none/libdnnl\.so\.3: not there; DIR/libdnnl\.so\.3: .*; libgotl-none\.so\.3: cannot open shared object file.*
  do     run make deps .*GOTL_DNNL_PATH.*
$`, got)
}

// A library that is not oneDNN, and one of another major version, are refused.
// The second is built here.
func TestLibraryRefused(t *testing.T) {
	_, err := open([]string{"libc.so.6"})
	require.ErrorContains(t, err, "libc.so.6: not a oneDNN library")
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("no C compiler at hand")
	}
	dir := t.TempDir()
	src := filepath.Join(dir, "two.c")
	require.NoError(t, os.WriteFile(src, []byte(`static const struct { int major, minor, patch; } v = {2, 7, 1}; const void *dnnl_version(void) { return &v; }`), 0o600))
	lib := filepath.Join(dir, soname)
	out, err := exec.Command(cc, "-shared", "-fPIC", "-o", lib, src).CombinedOutput()
	require.NoError(t, err, string(out))
	_, err = open([]string{lib})
	require.ErrorContains(t, err, "version 2.7.1, want 3.x")
}

// This very binary needs the C library only: oneDNN and OpenMP come at run time.
// Under a sanitizer its runtime may come along.
func TestLinksOnlyLibc(t *testing.T) {
	exe, err := os.Executable()
	require.NoError(t, err)
	f, err := elf.Open(exe)
	require.NoError(t, err)
	defer f.Close()
	libs, err := f.ImportedLibraries()
	require.NoError(t, err)
	for _, l := range libs {
		name, _, _ := strings.Cut(l, ".so")
		require.Contains(t, []string{"libc", "libm", "libdl", "libpthread", "libresolv", "librt", "ld-linux-x86-64", "libasan", "libgcc_s"}, name, "needs %v", libs)
	}
	symbols, err := f.DynamicSymbols()
	require.NoError(t, err)
	for _, s := range symbols {
		if s.Section != elf.SHN_UNDEF {
			require.NotRegexp(t, `^(gotl_|dnnl_|omp_|GOMP_)`, s.Name, "exported")
		}
	}
}

func TestPhysicalCores(t *testing.T) {
	n := physicalCores("/sys/devices/system/cpu")
	require.Positive(t, n)
	require.LessOrEqual(t, n, runtime.NumCPU())

	dir := t.TempDir() // all hardware threads are siblings: one core
	for cpu := range 1024 {
		top := filepath.Join(dir, "cpu"+strconv.Itoa(cpu), "topology")
		require.NoError(t, os.MkdirAll(top, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(top, "thread_siblings_list"), []byte("0-1023\n"), 0o600))
	}
	require.Equal(t, 1, physicalCores(dir))
	require.Equal(t, runtime.NumCPU(), physicalCores(filepath.Join(dir, "none")), "without topology every CPU counts")
}

func TestSetThreadsRespectsUser(t *testing.T) {
	t.Setenv("OMP_NUM_THREADS", "3,2")
	require.Equal(t, 3, setThreads())
}
