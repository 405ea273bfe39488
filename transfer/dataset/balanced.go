package dataset

// Ordering gives the order of an epoch; it may repeat and leave out indices but has as
// many as it is given.
type Ordering func(indices []int, seed uint64, epoch uint32) []int

// Balanced returns the ordering in which every class has the same share: the classes in
// turn, each giving its samples in the order of [Order]. A small class begins anew when
// it is through, a large one stops before. Class c of an epoch of n indices over k
// classes has n/k of them, or one more if c < n mod k in the epoch's order of classes.
func (s *Set) Balanced() Ordering {
	return func(indices []int, seed uint64, epoch uint32) []int {
		byClass := make([][]int, len(s.Classes))
		var classes []int
		for _, i := range Order(indices, seed, epoch) {
			c := s.Samples[i].Label
			if len(byClass[c]) == 0 {
				classes = append(classes, c) // in order of first appearance, at random
			}
			byClass[c] = append(byClass[c], i)
		}
		out := make([]int, len(indices))
		for r := range out {
			c := byClass[classes[r%len(classes)]]
			out[r] = c[r/len(classes)%len(c)]
		}
		return out
	}
}
