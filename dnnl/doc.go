// Package dnnl runs programs on the CPU through oneDNN 3.
//
// # Library
//
// Nothing is linked. The headers are needed to compile (make deps); libdnnl.so.3 is
// opened when the first [Engine] is made, from the places that search.go lists. The
// binary starts without it, and [LibraryInfo] says what was found or what to do.
//
// # Layers
//
//	load.go search.go omp.go info.go   the library: where, which, how many threads
//	engine.go scope.go status.go       device, ownership, errors
//	desc.go layout.go memory.go        tensors: descriptor = extents, type, layout
//	attr.go pd.go alg.go, conv.go …    primitives, a file per kind, C names behind
//	kernel_*.c, kernel_*.go            own loops on the library's OpenMP threads
//	arena.go live.go                   memory and its counters
//	steps.go                           a program: one call of C per run
//	backend.go compile.go emit.go …    graph.Backend: programs to step lists (below)
//	half.go                            programs in 16 bits (below)
//	ops.go, lower_*.go                 one operator each: choice of primitive and layout
//
// C types stay inside the package. Vendor calls are in these files only.
//
// # Lowering
//
// [New] returns the back end. Compile schedules the nodes (updates of state in place
// and last), lowers each to operations on values, shares the memory of what dies,
// places buffers by lifetime and writes one step list:
//
//	value ─ forms: the layouts it exists in; the first is its producer's choice,
//	        others are reorders shared by all readers (value.go)
//	operation ─ a primitive or kernels with the buffers they touch (operation.go)
//	buffer ─ memory with a first and a last use; may lie in another's (lives)
//
// Convolutions choose layouts, all others keep what they get (lower_layout.go):
// native blocks of 8 or 16 channels, or channels last where groups are small. What
// needs row-major order (Reshape, Slice, the loss) asks for it. A weight lives in
// the layout of the forward convolution; optimiser, moments and averages work on
// that in place. Constants are converted when the program is made, piece by piece.
//
// # Precision
//
// graph.Half says which values BFloat16 keeps in 16 bits (half.go): pictures and their
// gradients. Primitives take them as they are; so do the own kernels of normalisation and
// of activations' gradients. Everything else reads f32 through a reorder that stands
// in the plan. Weights, statistics, sums, losses and results are f32; a trained weight is
// copied to 16 bits in every step, a frozen one when the program is made. Programs of
// Float32 are lowered as if none of this were there.
//
// # Memory
//
// An executable has one arena per [Purpose]; everything in it lies at offsets that
// were planned before:
//
//	weights      | conv1.w (ABcd16b16a) | fc.w | ...        written once
//	state        | w | momentum | bn.mean | ...             between steps
//	activations  | x | y1 | y2 over y0 | dy | workspace ... lifetimes planned
//	scratchpad   | max over all primitives |                one for all steps
//
// The zero padding of blocked layouts is part of a tensor: its bytes are those of the
// descriptor, and own kernels run over it. Every arena, list and handle is closed by
// its maker, once; [Live] counts what exists. The collector frees nothing here.
//
// # Threads
//
// The goroutine that steps locks its OS thread, makes the engine and makes every
// call itself. The library's OpenMP team belongs to that thread; a second calling
// thread would get a second team. Engines of other goroutines are independent.
// [Live] and [LibraryInfo] may be called from anywhere.
//
// # How a lowering adds steps
//
//	tmp, run := e.scope(), e.scope()     // descriptors; what outlives the compile
//	fwd, err := tmp.convForward(training, convDirect, convDescs{x, w, b, y}, win)
//	// fwd.src(0), fwd.weights(), fwd.dst(): layouts it wants; where a value has
//	// another one (!d.equal(want)) add tmp.reorder(d, want) first
//	// … all of them known: plan the arena, then
//	p, err := fwd.primitive(run)
//	mx, err := run.memory(fwd.src(0), arena.at(off, n))
//	list.prim("conv1", p, arg{argSrc, mx}, …, arg{argScratchpad, scratch})
//	list.sgd("conv1.w", op, hyper, clip, param{…})  // a kernel works on arena.f32(off, n)
//	tmp.close()
//	list.run(e)                          // any number of times
//	list.close(); run.close(); arena.close()
//
// Every primitive whose scratchpadSize is not 0 must get argScratchpad: there is no
// other. fault.ErrUnsupported from a constructor means "try another way"; all other
// errors are failures. What changes between runs (learning rate, batch, labels) is
// written into an arena before the run.
package dnnl
