package cache

import (
	"fmt"
	"slices"
	"sync"
)

// Store holds the records of one view, by sample index.
type Store struct {
	p     *Pool
	key   Key
	users int // openings, under the Pool's lock
	spec  Spec
	level Level
	note  string

	mu     sync.Mutex
	mem    *memory // level RAM
	tags   []Key   // of mem, where have is true
	have   []bool
	file   *file // nil: no file
	failed int   // damaged records met
}

// takeMemory reserves memory, or goes down to the disk.
func (s *Store) takeMemory() {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	mem, err := newMemory(s.spec.Records, s.spec.Floats)
	if err != nil {
		s.level, s.note = Disk, "not in memory: "+err.Error()
		return
	}
	s.mem = mem
	s.p.ram -= s.spec.bytes()
}

// Level is where the records are held.
func (s *Store) Level() Level { return s.level }

// Note says what lowered the level or kept the records off the disk, "" if nothing.
func (s *Store) Note() string { return s.note }

// Has reports whether record i is held with this tag. A damaged one is found out
// by Get.
func (s *Store) Has(i int, tag Key) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.have[i] && s.tags[i] == tag || s.file != nil && s.file.heads[i].set && s.file.heads[i].tag == tag
}

// Get copies record i to dst, of length Floats. False: it is not there, or damaged.
func (s *Store) Get(i int, tag Key, dst []float32) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.have[i] && s.tags[i] == tag {
		copy(dst, s.mem.record(i))
		return true
	}
	if s.file == nil || !s.file.heads[i].set || s.file.heads[i].tag != tag {
		return false
	}
	h, f := s.file.heads[i], s.file
	s.mu.Unlock()
	err := f.read(i, h, dst)
	s.mu.Lock()
	if err != nil {
		s.damaged(i, err)
		return false
	}
	s.hold(i, tag, dst)
	return true
}

// hold keeps a record in memory, if the store does.
func (s *Store) hold(i int, tag Key, src []float32) {
	if s.mem != nil {
		copy(s.mem.record(i), src)
		s.tags[i], s.have[i] = tag, true
	}
}

// damaged forgets record i of the file and warns once.
func (s *Store) damaged(i int, err error) {
	if s.file != nil {
		s.file.heads[i].set = false
	}
	if s.failed++; s.failed == 1 {
		s.p.o.Warn(fmt.Sprintf("cache: record %d is unreadable (%v); it and others like it are computed again", i, err))
	}
}

// Put stores record i. With passing it is kept in memory only: numbers that a
// later run should not find. It never waits for the disk.
func (s *Store) Put(i int, tag Key, src []float32, passing bool) {
	if s.level == None {
		return
	}
	s.mu.Lock()
	s.hold(i, tag, src)
	onDisk, inMemory := s.file != nil && !passing, s.mem != nil
	s.mu.Unlock()
	if !onDisk {
		return
	}
	if inMemory {
		s.p.w.add(0, func() { s.write(i, tag, s.mem.record(i)) })
		return
	}
	own := slices.Clone(src)
	s.p.w.add(4*len(src), func() { s.write(i, tag, own) })
}

// write runs on the writer's goroutine.
func (s *Store) write(i int, tag Key, src []float32) {
	if s.file == nil || s.p.hurry.Load() {
		return
	}
	h, err := s.file.write(i, tag, src)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.p.o.Warn(fmt.Sprintf("cache: not written: %v", err))
		s.file.drop()
		s.file = nil
		return
	}
	s.file.heads[i] = h
}

// Flush waits until what was Put can be read.
func (s *Store) Flush() { s.p.w.flush() }

// Close gives the memory back and lets the file become durable in the background.
func (s *Store) Close() {
	s.p.mu.Lock()
	s.users--
	last := s.users == 0
	if last {
		delete(s.p.shared, s.key)
	}
	s.p.mu.Unlock()
	if !last {
		return
	}
	s.p.w.add(0, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.file != nil {
			if err := s.file.close(s.p.hurry.Load()); err != nil {
				s.p.o.Warn(fmt.Sprintf("cache: not written: %v", err))
			}
			s.file = nil
		}
		if s.mem != nil {
			_ = s.mem.close() // unmapping own pages
			s.mem = nil
			s.p.mu.Lock()
			s.p.ram += s.spec.bytes()
			s.p.mu.Unlock()
			clear(s.have)
		}
	})
}
