package transfer

import "context"

type checkpointKey struct{}

// WithCheckpointRequests returns a context that carries requests to save a
// checkpoint and go on, as SIGHUP makes them. A send must not block.
func WithCheckpointRequests(ctx context.Context, c <-chan struct{}) context.Context {
	return context.WithValue(ctx, checkpointKey{}, c)
}

// CheckpointRequests returns the channel of WithCheckpointRequests, or nil, which
// never delivers. The training loop polls it after each step.
func CheckpointRequests(ctx context.Context) <-chan struct{} {
	c, _ := ctx.Value(checkpointKey{}).(<-chan struct{})
	return c
}
