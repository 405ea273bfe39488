package probe

import (
	"crypto/sha256"
	"fmt"
	"math"
	"sort"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/philox"
)

// blobs draws n rows around class centres; one feature is constant.
func blobs(n, dim, classes int, apart float64) Data {
	d := Data{Dim: dim, Classes: classes}
	s := philox.New(3, 0, 0, "blobs")
	for i := range n {
		y := i % classes
		d.Labels = append(d.Labels, y)
		for k := range dim {
			v := s.Normal(uint32(i*dim + k))
			if k == y {
				v += apart
			}
			if k == dim-1 {
				v = 7
			}
			d.X = append(d.X, v)
		}
	}
	return d
}

// objective is the probe's loss written out once more, without its matrices.
func objective(d Data, l *Linear) float64 {
	s, sum := newScaling(d), 0.0
	for i, y := range d.Labels {
		z, top := make([]float64, d.Classes), 0.0
		for c := range z {
			z[c] = l.b[c]
			for k, v := range d.row(i) {
				z[c] += l.w.At(c, k) * (v - s.mean[k]) * s.scale[k]
			}
			top += math.Exp(z[c])
		}
		sum -= z[y] - math.Log(top)
	}
	square := 0.0
	for _, w := range l.w.RawMatrix().Data {
		square += w * w
	}
	return sum/float64(len(d.Labels)) + .01*square
}

// TestLinearIsAtTheMinimum: central differences of the loss vanish in every direction.
func TestLinearIsAtTheMinimum(t *testing.T) {
	d := blobs(60, 7, 3, 1)
	l, err := FitLinear(d)
	require.NoError(t, err)
	const h = 1e-5
	for _, v := range [][]float64{l.w.RawMatrix().Data, l.b} {
		for i := range v {
			old := v[i]
			v[i] = old + h
			up := objective(d, l)
			v[i] = old - h
			down := objective(d, l)
			v[i] = old
			require.InDelta(t, 0, (up-down)/(2*h), 1.5*gradientLimit)
		}
	}
}

func TestCrossValidate(t *testing.T) {
	d := blobs(200, 12, 4, 4)
	var group []string
	for i := range d.Labels {
		group = append(group, fmt.Sprint(i/8, d.Labels[i]))
	}
	r := Rank(d.Labels, group, 4, 0)
	for name, by := range map[string]Method{"linear": ByLinear, "knn": ByKNN} {
		p, err := CrossValidate(d, r, 5, 1, by)
		require.NoError(t, err)
		right := 0
		for i, c := range Predicted(p, 4) {
			if c == d.Labels[i] {
				right++
			}
		}
		require.Greater(t, right, 180, name)
		again, err := CrossValidate(d, r, 5, 1, by)
		require.NoError(t, err)
		require.Equal(t, p, again)
	}
	_, err := CrossValidate(blobs(4, 3, 2, 1), Rank([]int{0, 1, 0, 1}, []string{"a", "b", "a", "b"}, 2, 0), 5, 1, ByKNN)
	require.ErrorIs(t, err, fault.ErrData)
	bad := blobs(20, 3, 2, 1)
	bad.X[4] = math.NaN()
	_, err = CrossValidate(bad, r, 5, 1, ByKNN)
	require.ErrorIs(t, err, fault.ErrData)
}

// TestFolds follows SCHEMES §8: the people of each class by hexadecimal SHA-256 of
// "s:person", rank mod 5.
func TestFolds(t *testing.T) {
	labels, group := []int{}, []string{}
	people := [][]string{{"ann", "eve", "zoe"}, {"bob", "tom", "max", "jim"}}
	for c, names := range people {
		for _, n := range names {
			labels, group = append(labels, c, c), append(group, n, n)
		}
	}
	want := map[string]int{}
	for _, names := range people {
		hash := func(n string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte("3:"+n))) }
		sort.Slice(names, func(a, b int) bool { return hash(names[a]) < hash(names[b]) })
		for k, n := range names {
			want[n] = k % 2
		}
	}
	for i, f := range Rank(labels, group, 2, 3).Folds(2) {
		require.Equal(t, want[group[i]], f)
	}
}

// TestShare: half of the groups of each class, whole.
func TestShare(t *testing.T) {
	var labels, at []int
	var group []string
	for i := range 48 {
		labels, group, at = append(labels, i%2), append(group, fmt.Sprint(i/4, i%2)), append(at, i)
	}
	r := Rank(labels, group, 2, 1)
	half := r.share(at, .5)
	require.Len(t, half, 24)
	count := map[string]int{}
	for _, i := range half {
		count[group[i]]++
	}
	for g, n := range count {
		require.Equal(t, 2, n, g)
	}
	require.Equal(t, at, r.share(at, 1))
}

// TestKNN is worked by hand: three votes against two, and a tie told by similarity.
func TestKNN(t *testing.T) {
	train := Data{X: []float64{1, 0, 1, .1, 1, .2, 0, 1, .1, 1, -1, -1}, Dim: 2, Labels: []int{0, 0, 1, 1, 1, 0}, Classes: 2}
	require.Equal(t, []int{1}, KNN(train, Data{X: []float64{1, 1}, Dim: 2, Labels: []int{0}, Classes: 2}))
	two := Data{X: []float64{1, 0, 0, 1}, Dim: 2, Labels: []int{0, 1}, Classes: 2}
	require.Equal(t, []int{1, 0}, KNN(two, Data{X: []float64{1, 2, 2, 1}, Dim: 2, Labels: []int{0, 0}, Classes: 2}))
}
