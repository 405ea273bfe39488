package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/picture"
)

func TestFlatFolder(t *testing.T) {
	files := twoClasses(t, 3)
	files["cat/deep/er/x.JPEG"] = jpegOf(t, 9, 9, 77)
	files["dog/notes.txt"] = []byte("no picture")
	files["README.md"] = []byte("text")
	files[".ipynb_checkpoints/a.jpg"] = jpegOf(t, 9, 9, 78)
	files["__MACOSX/a.jpg"] = jpegOf(t, 9, 9, 79)
	files["cat/.hidden.jpg"] = jpegOf(t, 9, 9, 80)
	files["cat/Thumbs.db"] = []byte("x")
	s := scan(t, Options{Path: tree(t, files)})
	require.Equal(t, []string{"cat", "dog"}, s.Classes)
	require.Equal(t, []int{4, 3}, s.Counts(Unset))
	require.Equal(t, "cat/deep/er/x.JPEG", s.Samples[0].Path)
	require.Equal(t, map[string]int{"not a picture name": 1, "file beside the class folders": 1, "hidden or system name": 4}, s.Ignored)
	require.Len(t, s.Warnings, 1) // nested folders: torchvision and timm differ
	require.Contains(t, s.Warnings[0], "--class-from leaf")

	s = scan(t, Options{Path: tree(t, map[string][]byte{"a/x/1.png": pngOf(t, 3, 3, 1), "a/y/2.png": pngOf(t, 3, 3, 2)}), ClassFrom: "leaf"})
	require.Equal(t, []string{"x", "y"}, s.Classes)
}

func TestSplitFolders(t *testing.T) {
	files := map[string][]byte{}
	for i, p := range []string{"training/b/1.jpg", "training/a/2.jpg", "valid/a/3.jpg", "test/b/4.jpg", "extra/z/5.jpg"} {
		files[p] = jpegOf(t, 8, 8, i)
	}
	s := scan(t, Options{Path: tree(t, files)})
	require.Equal(t, []string{"a", "b"}, s.Classes)
	require.Equal(t, []string{"training/a/2.jpg", "training/b/1.jpg"}, paths(s, Train))
	require.Equal(t, []string{"valid/a/3.jpg"}, paths(s, Val))
	require.Equal(t, []string{"test/b/4.jpg"}, paths(s, Test))
	require.Len(t, s.Warnings, 3) // extra/, val lacks b, test lacks a
	require.NoError(t, s.Split(SplitOptions{Val: .5}))
	require.Len(t, s.Indices(Train), 2, "the user's validation split is kept")
}

// A class called train is a class where it holds no class folders.
func TestClassNamedLikeASplit(t *testing.T) {
	s := scan(t, Options{Path: tree(t, map[string][]byte{"train/1.jpg": jpegOf(t, 8, 8, 1), "bus/2.jpg": jpegOf(t, 8, 8, 2)})})
	require.Equal(t, []string{"bus", "train"}, s.Classes)
}

// The text is that of CLI §6.
func TestUnknownClass(t *testing.T) {
	root := tree(t, map[string][]byte{"train/female/1.jpg": jpegOf(t, 8, 8, 1), "train/male/2.jpg": jpegOf(t, 8, 8, 2),
		"val/femal/3.jpg": jpegOf(t, 8, 8, 3), "val/femal/4.jpg": jpegOf(t, 8, 8, 4), "val/male/5.jpg": jpegOf(t, 8, 8, 5)})
	err := scanError(t, Options{Path: root})
	require.ErrorIs(t, err, fault.ErrUnknownClass)
	require.Equal(t, 3, fault.ExitCode(err))
	require.Equal(t, "error: data: val has a class that train lacks\n"+
		"  where  "+root+"/val/femal (2 files)\n"+
		"  why    train: female, male   val: femal, male\n"+
		"  do     rename the folder, or --classes female,male\n", fault.Format(err))
}

func TestClassOrder(t *testing.T) {
	files := map[string][]byte{}
	for i, c := range []string{"10", "2", "b", "a", "e\u0301"} { // decomposed é
		files[c+"/1.jpg"] = jpegOf(t, 8, 8, i)
	}
	root := tree(t, files)
	require.Equal(t, []string{"10", "2", "a", "b", "é"}, scan(t, Options{Path: root}).Classes)
	require.Equal(t, []string{"2", "10", "a", "b", "é"}, scan(t, Options{Path: root, ClassOrder: "natural"}).Classes)
	s := scan(t, Options{Path: root, Classes: []string{"b", "a", "é", "2", "10"}})
	require.Equal(t, []string{"b", "a", "é", "2", "10"}, s.Classes)
	require.ErrorIs(t, scanError(t, Options{Path: root, Classes: []string{"a"}}), fault.ErrUnknownClass)
	require.ErrorContains(t, scanError(t, Options{Path: root, Classes: []string{"b", "a", "é", "2", "10", "z"}}), "class z has no usable pictures")
	s = scan(t, Options{Path: root, Classes: []string{"b", "a", "é", "2", "10", "z"}, AllowEmpty: true})
	require.Len(t, s.Classes, 6)
}

func TestEmptyClassAndCaseTwins(t *testing.T) {
	files := twoClasses(t, 2)
	root := tree(t, files)
	require.NoError(t, os.Mkdir(filepath.Join(root, "eel"), 0o755))
	err := scanError(t, Options{Path: root})
	require.ErrorIs(t, err, fault.ErrData)
	require.ErrorContains(t, err, "class eel has no usable pictures")

	files["Cat/1.jpg"] = jpegOf(t, 8, 8, 500)
	s := scan(t, Options{Path: tree(t, files)})
	require.Contains(t, strings.Join(s.Warnings, "\n"), "differ only in case")
}

func TestSpecialFiles(t *testing.T) {
	root := tree(t, twoClasses(t, 2))
	require.NoError(t, syscall.Mkfifo(filepath.Join(root, "cat", "fifo.jpg"), 0o644))
	require.NoError(t, os.Symlink("p000.jpg", filepath.Join(root, "cat", "link.jpg")))
	require.NoError(t, os.Symlink("nowhere", filepath.Join(root, "cat", "broken.jpg")))
	require.NoError(t, os.Symlink("self.jpg", filepath.Join(root, "cat", "self.jpg")))
	require.NoError(t, os.Symlink("..", filepath.Join(root, "dog", "loop")))
	require.NoError(t, os.Mkdir(filepath.Join(root, "dog", "folder.jpg"), 0o755))
	s := scan(t, Options{Path: root})
	require.Equal(t, []int{3, 2}, s.Counts(Unset)) // the link is read
	require.Equal(t, map[string]int{"FIFO, socket or device": 1, "broken link": 1, "not readable or a link loop": 1, "link loop": 1}, s.Ignored)
}

func TestNewlineInName(t *testing.T) {
	s := scan(t, Options{Path: tree(t, map[string][]byte{"a/x\ny,\".jpg": jpegOf(t, 8, 8, 1), "b/1.jpg": jpegOf(t, 8, 8, 2)})})
	file := filepath.Join(t.TempDir(), "split.csv")
	require.NoError(t, s.WriteSplit(file))
	back := scan(t, Options{Path: file, Root: s.Root})
	require.Equal(t, s.Samples, back.Samples)
}

func TestWrongExtensionAndMagic(t *testing.T) {
	s := scan(t, Options{Path: tree(t, map[string][]byte{"a/png.jpg": pngOf(t, 5, 4, 1), "b/jpeg.png": jpegOf(t, 6, 7, 1)})})
	require.Equal(t, picture.PNG, s.Samples[0].Format)
	require.Equal(t, [2]int32{5, 4}, [2]int32{s.Samples[0].W, s.Samples[0].H})
	require.Equal(t, picture.JPEG, s.Samples[1].Format)
}

// RELIABILITY F3: 0, 1, 10 and 100 % of 100 pictures cut short.
func TestCorruptPolicy(t *testing.T) {
	whole := twoClasses(t, 50)
	broken := func(n int) string {
		files := map[string][]byte{}
		for p, b := range whole {
			files[p] = b
		}
		for i := range n {
			p := []string{"cat/", "dog/"}[i%2] + name(i/2)
			files[p] = files[p][:len(files[p])-20]
		}
		return tree(t, files)
	}
	for _, c := range []struct {
		bad    int
		o      Options
		errors bool
	}{
		{0, Options{}, false}, {1, Options{}, false}, {4, Options{}, false},
		{1, Options{Strict: true}, true},
		{5, Options{}, true}, // 3 of 50 cats: 1 % of a class
		{10, Options{}, true}, {10, Options{MaxBad: .2}, false}, {100, Options{}, true},
	} {
		t.Run(fmt.Sprintf("%d %v %v", c.bad, c.o.Strict, c.o.MaxBad), func(t *testing.T) {
			c.o.Path = broken(c.bad)
			s, err := Scan(t.Context(), c.o)
			if c.errors {
				require.ErrorIs(t, err, fault.ErrCorrupt)
				require.Equal(t, 3, fault.ExitCode(err))
				require.ErrorContains(t, err, "cut short")
				return
			}
			require.NoError(t, err)
			require.Len(t, s.Skipped, c.bad)
			require.Len(t, s.Samples, 100-c.bad)
			for _, k := range s.Skipped {
				require.Contains(t, k.Reason, "cut short")
			}
		})
	}
}

func TestVerifyFull(t *testing.T) {
	files := twoClasses(t, 40)
	b := files["cat/p007.jpg"]
	copy(b[len(b)-40:len(b)-30], "\xff\x12\xff\x34\xff\x56\xff\x78\xff\x9a") // damage before a whole end mark
	root := tree(t, files)
	require.Empty(t, scan(t, Options{Path: root}).Skipped)
	s := scan(t, Options{Path: root, Verify: "full"})
	require.Len(t, s.Skipped, 1)
	require.Equal(t, "cat/p007.jpg", s.Skipped[0].Path)
}

func TestUnreadable(t *testing.T) {
	if os.Getuid() == 0 {
		t.Log("root reads everything: only the missing folder is checked")
	} else {
		root := tree(t, twoClasses(t, 30))
		require.NoError(t, os.Chmod(filepath.Join(root, "cat", name(0)), 0))
		require.Contains(t, scan(t, Options{Path: root}).Skipped[0].Reason, "permission denied")
	}
	err := scanError(t, Options{Path: filepath.Join(t.TempDir(), "none")})
	require.ErrorIs(t, err, fault.ErrData)
	require.ErrorIs(t, scanError(t, Options{Path: t.TempDir()}), fault.ErrData)
	require.ErrorIs(t, scanError(t, Options{Path: t.TempDir(), Format: "celebrities"}), fault.ErrUsage)
}

func TestDuplicates(t *testing.T) {
	same := jpegOf(t, 8, 8, 1)
	root := tree(t, map[string][]byte{"train/a/1.jpg": same, "train/b/2.jpg": jpegOf(t, 8, 8, 2), "val/a/3.jpg": same, "val/b/4.jpg": jpegOf(t, 8, 8, 4)})
	err := scanError(t, Options{Path: root})
	require.ErrorIs(t, err, fault.ErrLeak)
	require.ErrorContains(t, err, "train/a/1.jpg (train) and val/a/3.jpg (val): equal bytes")
	s := scan(t, Options{Path: root, AllowLeak: true})
	require.Contains(t, strings.Join(s.Warnings, "\n"), "leak between splits allowed")

	s = scan(t, Options{Path: tree(t, map[string][]byte{"a/1.jpg": same, "b/2.jpg": same, "b/3.jpg": jpegOf(t, 8, 8, 3)})})
	require.Contains(t, strings.Join(s.Warnings, "\n"), "same bytes, two labels")
}

func TestProgressAndCancel(t *testing.T) {
	root, n := tree(t, twoClasses(t, 10)), 0
	scan(t, Options{Path: root, Progress: func(_, total int) { n++; require.Equal(t, 20, total) }})
	require.Equal(t, 20, n)
}

func TestUnlabelled(t *testing.T) {
	files := twoClasses(t, 3)
	files["x.jpg"] = []byte("broken")
	root := tree(t, files)
	s, err := Unlabelled(t.Context(), []string{filepath.Join(root, "dog"), filepath.Join(root, "x.jpg"), filepath.Join(root, "cat/p001.jpg")}, Options{})
	require.NoError(t, err)
	require.Len(t, s.Samples, 4)
	require.Len(t, s.Skipped, 1)
	require.Equal(t, filepath.ToSlash(root)+"/cat/p001.jpg", s.Samples[3].Path)
	require.Equal(t, -1, s.Samples[3].Label)
}
