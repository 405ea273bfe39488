// Package protocol is how the benchmark driver talks to its workers: one JSON
// object a line on standard input, each answered by one line on standard output.
// Every side of a comparison is a process of its own that stays loaded, so that
// rounds can alternate.
//
//	{"cmd":"prepare","net":"resnet18","task":"full","batch":32,"threads":2}   {"ok":true,"library":"…"}
//	{"cmd":"round","seconds":4,"min_steps":2}   {"ok":true,"steps":9,"seconds":4.1,"best_step":0.4,"images":288,…}
//	{"cmd":"drop"}                              {"ok":true}
//	{"cmd":"quit"}                              no answer
//
// A failure is {"ok":false,"error":"…"}; the worker goes on. Unknown keys are ignored.
package protocol

import (
	"bufio"
	"encoding/json"
	"io"
)

// Request is one command.
type Request struct {
	Cmd      string  `json:"cmd"`
	Net      string  `json:"net,omitempty"`
	Task     string  `json:"task,omitempty"`
	Batch    int     `json:"batch,omitempty"`
	Threads  int     `json:"threads,omitempty"`
	Model    string  `json:"model,omitempty"` // ONNX file of Net, for workers that run files
	Seconds  float64 `json:"seconds,omitempty"`
	MinSteps int     `json:"min_steps,omitempty"`
}

// Reply answers one command. Memory is in bytes, times in seconds.
type Reply struct {
	OK       bool    `json:"ok"`
	Error    string  `json:"error,omitempty"`
	Library  string  `json:"library,omitempty"` // names and versions, after prepare
	ISA      string  `json:"isa,omitempty"`
	Steps    int     `json:"steps,omitempty"`
	Seconds  float64 `json:"seconds,omitempty"`
	BestStep float64 `json:"best_step,omitempty"`
	Images   int     `json:"images,omitempty"`
	RSS      int64   `json:"rss,omitempty"`
	PeakRSS  int64   `json:"peak_rss,omitempty"`
	Faults   float64 `json:"faults,omitempty"`  // page faults of the round
	Calls    float64 `json:"calls,omitempty"`   // calls of C in the round
	Planned  int64   `json:"planned,omitempty"` // memory plan, after prepare
	Base     int64   `json:"base,omitempty"`    // resident memory before the network was compiled, after prepare
}

// Serve answers the commands of in by handle until quit or the end of in.
func Serve(in io.Reader, out io.Writer, handle func(Request) (Reply, error)) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	enc := json.NewEncoder(out)
	for lines.Scan() {
		var q Request
		var r Reply
		err := json.Unmarshal(lines.Bytes(), &q)
		if err == nil {
			if q.Cmd == "quit" {
				return nil
			}
			r, err = handle(q)
		}
		r.OK = err == nil
		if err != nil {
			r = Reply{Error: err.Error()}
		}
		if err := enc.Encode(r); err != nil {
			return err
		}
	}
	return lines.Err()
}
