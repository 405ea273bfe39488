// Package conformance is the one suite that every back end must pass. Its cases
// are tables, a file an operator: the operator, its inputs, and either results
// worked by hand or none, in which case the reference back end is the judge.
//
//	func TestConformance(t *testing.T) {
//		b := open(t)
//		conformance.Run(t, b, conformance.Skip("Conv/int8 *"))
//	}
//
// Each case is one operator in a program of its own, forward and, where it names
// inputs to differentiate, backward through the operator's gradient rule.
// Programs holds small networks that train for several steps. Every run checks
// that host tensors come back unchanged, that a second step gives the same bits
// and that the bytes a back end counts as live return to the start.
//
// Random numbers are functions of a case's name (package philox): cases do not
// depend on their order.
package conformance
