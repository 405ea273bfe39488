// Package atomicfile writes files that are either complete or not there.
//
// A whole file goes: temporary beside it → write → fsync → rename → fsync of the
// folder. A stop at any instant leaves the old file or the new one; an error
// removes the temporary. A process killed between the first and the last step
// can leave a temporary, which [Sweep] removes before the next run writes.
//
//	weights/last.ckpt                    the file
//	weights/.last.ckpt.~4f2a91c0d3b7e655   its temporary, of random name
//
// A [Log] is the other kind: a file that only grows, made durable at checkpoints
// and cut back to the last of them on resume.
//
// Failures are fault.ErrStorage in four parts: path, the system's own text,
// bytes needed and free where space ran out, and what survives.
package atomicfile
