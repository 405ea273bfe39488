package driver

// Driver is what doctor prints.
type Driver struct {
	Path    string // as it was opened
	Version string // of CUDA, "13.0"
	Devices int
}
