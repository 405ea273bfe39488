package dataset

import (
	"crypto/sha256"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// rows makes a Set of n rows without files; label and group by functions.
func rows(t *testing.T, n, classes int, label func(i int) int, group func(i int) string) *Set {
	s := &Set{Root: t.TempDir()}
	for c := range classes {
		s.Classes = append(s.Classes, fmt.Sprint("c", c))
	}
	for i := range n {
		p := fmt.Sprintf("f%05d.jpg", i)
		s.Samples = append(s.Samples, Sample{Path: p, Label: label(i), Group: group(i), SHA256: sha256.Sum256([]byte(p))})
		s.Grouped = s.Grouped || group(i) != ""
	}
	require.NoError(t, s.findUnits())
	return s
}

func none(int) string { return "" }

func TestStratified(t *testing.T) {
	s := rows(t, 1000, 3, func(i int) int { return min(i%10, 2) }, none) // 100, 100, 800
	require.NoError(t, s.Split(SplitOptions{Val: .2, Test: .1, Seed: 1}))
	require.Equal(t, []int{20, 20, 160}, s.Counts(Val))
	require.Equal(t, []int{10, 10, 80}, s.Counts(Test))
	require.Equal(t, []int{70, 70, 560}, s.Counts(Train))
	require.Empty(t, s.Indices(Unset))
	require.Empty(t, s.Warnings)
}

func TestSplitIsAFunctionOfSeed(t *testing.T) {
	get := func(seed uint64) []string {
		s := rows(t, 200, 2, func(i int) int { return i % 2 }, none)
		require.NoError(t, s.Split(SplitOptions{Val: .2, Seed: seed}))
		return paths(s, Val)
	}
	first := get(5)
	require.Equal(t, first, get(5))
	require.NotEqual(t, first, get(6))
}

// New files move few others: 10 more of 1000 change the split of at most 10 old ones.
func TestNewFilesMoveFew(t *testing.T) {
	before := rows(t, 1000, 1, func(int) int { return 0 }, none)
	after := rows(t, 1010, 1, func(int) int { return 0 }, none)
	require.NoError(t, before.Split(SplitOptions{Val: .2, Seed: 1}))
	require.NoError(t, after.Split(SplitOptions{Val: .2, Seed: 1}))
	moved := 0
	for i := range before.Samples {
		if before.Samples[i].Split != after.Samples[i].Split {
			moved++
		}
	}
	require.LessOrEqual(t, moved, 10)
}

func TestTwoOfAClass(t *testing.T) {
	s := rows(t, 5, 3, func(i int) int { return i / 2 }, none) // 2, 2, 1
	require.NoError(t, s.Split(SplitOptions{Val: .2, Seed: 1}))
	require.Equal(t, []int{1, 1, 0}, s.Counts(Val))
	require.Equal(t, []int{1, 1, 1}, s.Counts(Train))
	require.Len(t, s.Warnings, 3) // two shares off, c2 missing in val
}

func TestGroupsStayTogether(t *testing.T) {
	group := func(i int) string { return fmt.Sprint("g", i/7) } // both classes in a group
	s := rows(t, 1400, 2, func(i int) int { return i % 2 }, group)
	require.NoError(t, s.Split(SplitOptions{Val: .2, Test: .1, Seed: 4}))
	of := map[string]Split{}
	for _, x := range s.Samples {
		if was, ok := of[x.Group]; ok {
			require.Equal(t, was, x.Split)
		}
		of[x.Group] = x.Split
	}
	for split, share := range map[Split]float64{Train: .7, Val: .2, Test: .1} {
		for _, n := range s.Counts(split) {
			require.Less(t, math.Abs(float64(n)/700-share), .02)
		}
	}
	require.Empty(t, s.Warnings)
}

func TestOneGroupOfAClass(t *testing.T) {
	s := rows(t, 20, 2, func(i int) int { return i / 10 }, func(i int) string { return fmt.Sprint(min(i/5, 2)) })
	require.NoError(t, s.Split(SplitOptions{Val: .2, Seed: 1}))
	require.NotZero(t, s.Counts(Train)[0])
	require.NotZero(t, s.Counts(Val)[0])
}

// sign-digits in SCHEMES §8: the first ⌊.8 n⌋ file names of each class train.
func TestBlocks(t *testing.T) {
	s := rows(t, 411, 2, func(i int) int { return i / 205 % 2 }, none)
	require.NoError(t, s.Split(SplitOptions{Val: .2, Mode: "blocks"}))
	for i := range 205 {
		want := Train
		if i >= 164 {
			want = Val
		}
		require.Equal(t, want, s.Samples[i].Split, "%d", i)
	}
}

func TestDuplicatesStayTogether(t *testing.T) {
	for _, mode := range []string{"hash", "blocks"} {
		s := rows(t, 300, 2, func(i int) int { return i % 2 }, none)
		for i := 0; i < 300; i += 3 {
			s.Samples[i].SHA256 = s.Samples[i/2].SHA256
		}
		require.NoError(t, s.findUnits())
		require.NoError(t, s.Split(SplitOptions{Val: .3, Seed: 2, Mode: mode}))
		of := map[[32]byte]Split{}
		for _, x := range s.Samples {
			if was, ok := of[x.SHA256]; ok {
				require.Equal(t, was, x.Split)
			}
			of[x.SHA256] = x.Split
		}
	}
}

func TestValFromTrain(t *testing.T) {
	s := rows(t, 100, 2, func(i int) int { return i % 2 }, none)
	for i := range s.Samples {
		s.Samples[i].Split = Train
		if i >= 80 {
			s.Samples[i].Split = Test
		}
	}
	require.NoError(t, s.Split(SplitOptions{Val: .25, Test: .5, Seed: 2}))
	require.Len(t, s.Indices(Val), 20)
	require.Len(t, s.Indices(Train), 60)
	require.Len(t, s.Indices(Test), 20)
}

func TestSplitUsage(t *testing.T) {
	s := rows(t, 10, 1, func(int) int { return 0 }, none)
	for _, o := range []SplitOptions{{Val: -1}, {Val: .5, Test: .5}, {Val: math.NaN()}, {Val: .2, Mode: "random"}} {
		require.ErrorIs(t, s.Split(o), fault.ErrUsage)
	}
}

func TestGroupBy(t *testing.T) {
	files := twoClasses(t, 4)
	files["g.csv"] = []byte("file,person\ncat/p000.jpg,x\ncat/p001.jpg,x\ndog/p000.jpg,y\n")
	root := tree(t, files)
	s := scan(t, Options{Path: root, GroupBy: "g.csv:person"})
	require.Equal(t, "x", s.Samples[0].Group)
	require.Empty(t, s.Samples[2].Group)
	require.Contains(t, s.Warnings[0], "5 of 8 pictures have no group")
	require.Equal(t, "p00", scan(t, Options{Path: root, GroupBy: `re:(p\d\d)\d\.jpg$`}).Samples[5].Group)
	require.Equal(t, "cat", scan(t, Options{Path: root, GroupBy: "parent"}).Samples[0].Group)
	require.ErrorContains(t, scanError(t, Options{Path: root, GroupBy: "g.csv:nobody"}), "no column nobody")
	require.ErrorContains(t, scanError(t, Options{Path: root, GroupBy: "h.csv:person"}), "group table is missing")
	require.ErrorContains(t, scanError(t, Options{Path: root, GroupBy: "person"}), "no table to take groups from")
	require.ErrorContains(t, scanError(t, Options{Path: root, GroupBy: "re:zebra"}), "no picture has a group")
	require.ErrorIs(t, scanError(t, Options{Path: root, GroupBy: "re:("}), fault.ErrUsage)
	put(t, root, "labels.csv", []byte("file,who\ncat/p000.jpg,x\n"))
	require.Equal(t, "x", scan(t, Options{Path: root, GroupBy: "who"}).Samples[0].Group)
}

func TestFingerprint(t *testing.T) {
	make := func() *Set {
		s := rows(t, 7, 2, func(i int) int { return i % 2 }, none)
		return s
	}
	data, all := make().Fingerprint()
	for what, change := range map[string]func(*Set){
		"path":  func(s *Set) { s.Samples[3].Path += "x" },
		"size":  func(s *Set) { s.Samples[6].Size++ },
		"bytes": func(s *Set) { s.Samples[0].SHA256[31]++ },
		"row":   func(s *Set) { s.Samples = s.Samples[:6] },
	} {
		s := make()
		change(s)
		d, _ := s.Fingerprint()
		require.NotEqual(t, data, d, what)
	}
	for what, change := range map[string]func(*Set){
		"label": func(s *Set) { s.Samples[3].Label ^= 1 },
		"split": func(s *Set) { s.Samples[3].Split = Val },
		"group": func(s *Set) { s.Samples[3].Group = "g" },
	} {
		s := make()
		change(s)
		d, a := s.Fingerprint()
		require.Equal(t, data, d, what)
		require.NotEqual(t, all, a, what)
	}
}
