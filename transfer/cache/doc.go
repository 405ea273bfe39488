// Package cache keeps what a frozen network computes for each picture, in memory
// and on disk, so that it is computed once (SCHEMES §2).
//
// A [Pool] shares the memory and the folder of one run. It opens a [Store] for
// each view: one record a sample, found by the sample's index, all of one length.
// A record counts only if its tag, a [Key] over everything the numbers depend on,
// is the one asked for and its CRC32C is right; anything else is a miss and the
// caller computes it again. So a half-written, foreign or damaged file can cost
// time and never a bit.
//
//	offset 0      magic "GOTLREC1", records n u64, floats u64, store's key [32], CRC32C u32
//	4096          n heads of 40 bytes: tag [32], CRC32C of tag and floats u32, state u32
//	next page     n records of 4*floats bytes, float32 as the machine has it
//
// A new file is KEY.part, locked by its writer, until the writer is done: fsync,
// rename to KEY.rec, fsync of the folder. A .part left by a killed process is
// taken over. A record goes before its head, so a file can be read at any instant;
// later records are added to KEY.rec in the same order.
//
// Writing happens on one goroutine of the Pool; Put never waits for the disk. What
// does not fit its queue is not stored. Get and Put may be called from any
// goroutine. The caller closes each Store, then the Pool, which waits for the disk.
//
// Files have mode 0600, their folder 0700: features of faces are biometric data.
package cache
