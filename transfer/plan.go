package transfer

import "fmt"

// planHead announces phase A.
func (j *job) planHead(d *headData, epochs int) error {
	trained := int64(0)
	for _, l := range j.head.layers {
		trained += int64(l.w.Len() + l.b.Len())
	}
	if d.train.lack+d.val.lack > 0 || !d.train.held() || !d.val.held() {
		if err := d.p.compile(); err != nil { // its memory is part of the plan
			return err
		}
	}
	j.sink(Planned{Scheme: j.scheme, Head: j.headText(), TotalParams: j.totalParams(), Trained: trained, FrozenTensor: len(j.body.Consts),
		PlannedBytes: j.plannedB, Notes: []string{fmt.Sprintf("phase A: %d epochs of the head", epochs), planLine(d.train, d.val)}})
	return nil
}

// planTune announces phase B.
func (j *job) planTune(t *tuneData, p *phase) {
	trained, moving := int64(0), map[string]bool{}
	for _, v := range p.prog.States {
		moving[v.Name] = true
	}
	for _, q := range t.trained {
		trained += int64(t.net.Value(q.name).Shape.Len())
	}
	frozen := 0
	for _, v := range j.body.Consts {
		if !moving[v.Name] {
			frozen++
		}
	}
	notes := []string{fmt.Sprintf("phase B: %d epochs of the network", p.epochs)}
	switch {
	case t.p != nil:
		notes = append(notes, planLine(t.train, t.val))
	case t.reason != "":
		notes = append(notes, fmt.Sprintf("cache %s off: %s", activationRecords, t.reason))
	}
	j.sink(Planned{Scheme: j.scheme, Head: j.headText(), TotalParams: j.totalParams(), Trained: trained, FrozenTensor: frozen,
		PlannedBytes: p.exec.Plan().Bytes(), Notes: notes})
}

func (j *job) headText() string {
	return fmt.Sprintf("%v, %d to %d", j.head.spec, j.dim(), len(j.data.Classes))
}
