package transfer

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheckpointRequests(t *testing.T) {
	require.Nil(t, CheckpointRequests(context.Background()), "a nil channel never delivers")
	c := make(chan struct{}, 1)
	ctx := WithCheckpointRequests(context.Background(), c)
	c <- struct{}{}
	<-CheckpointRequests(ctx)
}
