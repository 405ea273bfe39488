// Package demo draws the pictures of `gotl-gpu demo`: a source task of twelve
// geometric shapes to pretrain on and a target task of four little things (boat,
// fish, house, tree) with few pictures.
//
// How a picture is drawn, from the back: a background (plain, gradient, stripes,
// checks or cloudy noise in two random colours); two to five bits of clutter
// (bars, dots, chips); the object, in colours that stand out from the
// background, at a random place, size and angle (any angle for shapes, ±25° and
// mirrored for things); a random light; a little noise on every pixel. Colour, place and
// background say nothing about the class: only the form does.
//
// A picture is a function of (seed, task, class, index, side): counter-based
// draws (graph/philox) and integer arithmetic throughout, so every machine draws
// the same bytes (ints of 64 bits are assumed).
//
//	picture coordinates   0…4096 over the side, x right, y down
//	object coordinates    u, v: 1024 is the object's radius, (0, 0) its centre
//
// Nothing here comes from outside the tree, and nothing shows people.
package demo
