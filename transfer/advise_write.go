package transfer

import (
	"encoding/json"

	"github.com/gotl-gpu/gotl-gpu/transfer/atomicfile"
)

// write leaves advise.json.
func (v *Advice) write(dir *rundir) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(dir.file("advise.json"), append(b, '\n'))
}
