package report

import (
	"encoding/json"
	"io"
)

// Step is one line of metrics.jsonl. Pointers: null where nothing is measured.
type Step struct {
	Step        int64  `json:"step"`  // optimiser steps done in the run
	Epoch       int    `json:"epoch"` // from 1, as results.csv
	Loss        Number `json:"loss"`
	LR          Number `json:"lr"` // of the head's group
	ImgPerS     Number `json:"img_per_s"`
	GradNorm    Number `json:"grad_norm"` // before clipping
	DataWaitMS  Number `json:"data_wait_ms"`
	ComputeMS   Number `json:"compute_ms"`
	CommMS      Number `json:"comm_ms"`
	RSSBytes    *int64 `json:"rss_bytes"`
	CBytes      *int64 `json:"c_bytes"`      // live in C
	DeviceBytes *int64 `json:"device_bytes"` // live on the device
	Skipped     int    `json:"skipped"`      // pictures so far
	MicroBatch  int    `json:"micro_batch"`
}

// Append writes the record as one line in one Write.
func (s *Step) Append(w io.Writer) error {
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = w.Write(append(b, '\n'))
	return err
}
