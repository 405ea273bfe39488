// Package checkpoint stores the whole state of a training run in one file.
//
// Layout of format 1, little-endian:
//
//	 0  magic    "GOTLCKPT"
//	 8  version  uint32
//	12  H        uint32, bytes of the header
//	16  header   JSON: meta, and per tensor name, type, shape, SHA-256 of its data
//	    seal     32 bytes, SHA-256 of everything before
//	    data     tensor after tensor, each from the next multiple of 64 bytes on,
//	             zeros between and after; the file ends at a multiple of 64
//
// The seal covers the sums, the sums cover the data, padding must be zero and
// the length exact: no byte of a file can change unnoticed. Equal states give
// equal bytes. [Save] replaces the old file atomically; [Load] trusts nothing:
// it checks sizes against the file before it allocates.
//
// A damaged, foreign or newer file is fault.ErrCheckpoint and names the section.
package checkpoint
