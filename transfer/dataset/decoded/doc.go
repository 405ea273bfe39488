// Package decoded keeps decoded pictures: one record of known size a sample, in
// memory or in a file that is mapped.
//
//	file     header 4096 B | index n × 8 B | records, each from a multiple of 64
//	header   "GOTLPX" 0 1 | key 32 B | n u64 | bytes of the file u64 | CRC32C of all this
//	index    "done" u32 | CRC32C of the record u32; zeros: not there
//
// Little endian. The layout follows from the sizes alone, so records are
// written in any order by any number of goroutines. A record's index entry is
// written after its bytes: what a killed writer leaves is whole records, which
// the next writer keeps, and half ones, which nobody reads. Every record of a
// file is checked against its CRC once per process before it is used.
//
// A cache is never a reason to fail: what cannot be kept or read is a miss.
// Files have mode 0600. One process at a time has a file (flock).
package decoded
