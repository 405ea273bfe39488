package dataset

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

func fourPictures(t *testing.T) map[string][]byte {
	files := map[string][]byte{}
	for i := range 4 {
		files["p/"+name(i)] = jpegOf(t, 8, 8, i)
	}
	return files
}

func TestSeparators(t *testing.T) {
	for _, c := range []struct{ file, text string }{
		{"a.csv", "path,label\np/p000.jpg,x\np/p001.jpg,y\n"},
		{"a.csv", "\xef\xbb\xbfid;image_path;gender\r\n1;p/p000.jpg;x\r\n2;./p//p001.jpg;y\r\n"},
		{"a.tsv", "file\tclass\np/p000.jpg\tx\np/p001.jpg\ty\n"},
		{"a.csv", "\"path\",\"label\"\n\"p/p000.jpg\",\"x\"\n\"p/p001.jpg\",\"y\"\n"},
		{"a.jsonl", "{\"file_name\":\"p/p000.jpg\",\"label\":\"x\"}\n\n{\"label\":\"y\",\"file_name\":\"p/p001.jpg\",\"more\":[1]}\n"},
	} {
		files := fourPictures(t)
		files[c.file] = []byte(c.text)
		root := tree(t, files)
		s := scan(t, Options{Path: filepath.Join(root, c.file)})
		require.Equal(t, []string{"x", "y"}, s.Classes, "%q", c.text)
		require.Equal(t, []string{"p/p000.jpg", "p/p001.jpg"}, paths(s, Unset))
	}
}

func TestTableColumns(t *testing.T) {
	files := fourPictures(t)
	files["sub/d.csv"] = []byte("f,l,split,group,weight\np/p000.jpg,1,train,g,2\np/p001.jpg,0,Valid,h,0.5\np/p002.jpg,1,test,i,\np/p003.jpg,0,training,g,1\n")
	root := tree(t, files)
	s := scan(t, Options{Path: filepath.Join(root, "sub/d.csv"), Root: root, PathCol: "f", LabelCol: "l"})
	require.Equal(t, []string{"0", "1"}, s.Classes)
	require.Equal(t, []string{"p/p000.jpg", "p/p003.jpg"}, paths(s, Train))
	require.Equal(t, []string{"p/p001.jpg"}, paths(s, Val))
	require.True(t, s.Grouped)
	require.Equal(t, float32(2), s.Samples[0].Weight)
	require.Equal(t, float32(.5), s.Samples[1].Weight)
}

func TestBadTables(t *testing.T) {
	for text, part := range map[string]string{
		"": "table is empty", "path,label\n": "no pictures found", "a,b\n1,2\n": "no column for the path",
		"path,x\np/p000.jpg,1\n":                                             "no column for the label",
		"path,label,split\np/p000.jpg,x,dev\n":                               `t.csv:2: split "dev"`,
		"path,label,weight\np/p000.jpg,x,-1\n":                               `weight "-1"`,
		"path,label\n,x\n":                                                   "the path is empty",
		"path,label\np/p000.jpg,x,9\n":                                       "wrong number of fields",
		"path,label\np/p000.jpg,\"x\n":                                       "quote",
		"path,path,label\n1,2,3\n":                                           "column name stands twice",
		"path,label\np/p000.jpg,x\n./p/p000.jpg,y\n":                         "listed twice",
		"path,label,sha256\np/p000.jpg,x," + strings.Repeat("ab", 32) + "\n": "differs from its row",
		"path,label\nmissing.jpg,x\n":                                        "no such file",
	} {
		files := fourPictures(t)
		files["t.csv"] = []byte(text)
		err := scanError(t, Options{Path: filepath.Join(tree(t, files), "t.csv")})
		require.Equal(t, fault.Data, fault.ClassOf(err), text)
		require.ErrorContains(t, err, part, "%q", text)
	}
	root := tree(t, map[string][]byte{"t.jsonl": []byte("{\"path\":1\n")})
	require.ErrorContains(t, scanError(t, Options{Path: filepath.Join(root, "t.jsonl")}), "t.jsonl:1")
}

func TestFolderWithTableOnly(t *testing.T) {
	root := tree(t, map[string][]byte{"1.jpg": jpegOf(t, 8, 8, 1), "2.jpg": jpegOf(t, 8, 8, 2),
		"metadata.csv": []byte("file_name,label\n1.jpg,a\n2.jpg,b\n")})
	require.Equal(t, "csv", scan(t, Options{Path: root}).Format)
}

// Folders beside a CSV: folders win.
func TestFoldersWin(t *testing.T) {
	files := twoClasses(t, 2)
	files["labels.csv"] = []byte("path,label\ncat/p000.jpg,z\n")
	s := scan(t, Options{Path: tree(t, files)})
	require.Equal(t, []string{"cat", "dog"}, s.Classes)
	require.Equal(t, "imagefolder", s.Format)
}

// split.csv of a run is DATA: the same rows, splits and fingerprint come back.
func TestSplitFileRoundTrip(t *testing.T) {
	files := twoClasses(t, 20)
	var b strings.Builder
	b.WriteString("file,person\n")
	for i := range 20 {
		b.WriteString("cat/" + name(i) + ",c" + name(i/2) + "\ndog/" + name(i) + ",d" + name(i/2) + "\n")
	}
	files["labels.csv"] = []byte(b.String())
	s := scan(t, Options{Path: tree(t, files), GroupBy: "labels.csv:person"})
	require.NoError(t, s.Split(SplitOptions{Val: .2, Test: .1, Seed: 3}))
	file := filepath.Join(t.TempDir(), "split.csv")
	require.NoError(t, s.WriteSplit(file))
	back := scan(t, Options{Path: file, Root: s.Root})
	require.Equal(t, s.Samples, back.Samples)
	a, x := s.Fingerprint()
	c, y := back.Fingerprint()
	require.Equal(t, a, c)
	require.Equal(t, x, y)
	require.NoError(t, back.Split(SplitOptions{Val: .5, Seed: 9}))
	require.Equal(t, s.Samples, back.Samples, "a full split is left alone")

	text, err := os.ReadFile(file)
	require.NoError(t, err)
	lines := bytes.Split(text, []byte{'\n'})
	require.Equal(t, "path,label,split,group,sha256,phash", string(lines[0]))
	require.Contains(t, string(lines[1]), hex.EncodeToString(s.Samples[0].SHA256[:]))
	entries, err := os.ReadDir(filepath.Dir(file))
	require.NoError(t, err)
	require.Len(t, entries, 1, "no temporary litter")
}

func TestWriteFails(t *testing.T) {
	s := scan(t, Options{Path: tree(t, twoClasses(t, 1))})
	require.ErrorIs(t, s.WriteSplit(filepath.Join(t.TempDir(), "none", "split.csv")), fault.ErrStorage)
	file := filepath.Join(t.TempDir(), "skipped.jsonl")
	require.NoError(t, WriteSkipped(file, []Skip{{Path: "a\n", Reason: "r"}}))
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	want := "{\"path\":\"a\\n\",\"reason\":\"r\"}\n" // the very bytes: one record a line
	require.Equal(t, want, string(b))
}

func TestGroupColumnOfTheData(t *testing.T) {
	files := fourPictures(t)
	files["t.csv"] = []byte("file,sex,person\np/p000.jpg,f,a\np/p001.jpg,m,b\np/p002.jpg,f,a\np/p003.jpg,m,b\n")
	root := tree(t, files)
	for _, by := range []string{"person", "t.csv:person"} {
		s := scan(t, Options{Path: filepath.Join(root, "t.csv"), GroupBy: by})
		require.Equal(t, []string{"f", "m"}, s.Classes)
		require.Equal(t, "a", s.Samples[2].Group)
	}
	err := scanError(t, Options{Path: filepath.Join(root, "t.csv"), Root: t.TempDir()})
	require.Contains(t, fault.Format(err), "--root")
}

// Absolute paths below the root are kept relative: no such path reaches a report.
func TestAbsolutePaths(t *testing.T) {
	root := tree(t, fourPictures(t))
	put(t, root, "t.csv", []byte("path,label\n"+root+"/p/p000.jpg,x\np/p001.jpg,y\n"))
	require.Equal(t, []string{"p/p000.jpg", "p/p001.jpg"}, paths(scan(t, Options{Path: filepath.Join(root, "t.csv")}), Unset))
}
