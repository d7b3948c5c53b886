// SPDX-License-Identifier: Apache-2.0

package ordering

import "context"

// ContainerStart is the start of a container that a stop of its pod may cancel. It travels in the context of the start, for
// the packages that the runtime manager calls. That context is never cancelled: each call ends in its own way.
type ContainerStart interface {
	// Pull calls pull in a goroutine and returns its result, or an error as soon as the start is cancelled.
	Pull(ctx context.Context, image string, pull PullFunc) (imageRef, message string, err error)
	// UntilCancelled returns a context that is done when ctx is done or the start is cancelled. The caller must call done.
	UntilCancelled(ctx context.Context) (limited context.Context, done context.CancelFunc)
}

// PullFunc ensures that an image exists on the node.
type PullFunc func(ctx context.Context) (imageRef, message string, err error)

type startKey struct{}

// WithStart returns a context of calls that belong to the start. A nil start means that they belong to none.
func WithStart(ctx context.Context, start ContainerStart) context.Context {
	return context.WithValue(ctx, startKey{}, start)
}

// StartFrom returns the start that the call belongs to, or nil.
func StartFrom(ctx context.Context) ContainerStart {
	start, _ := ctx.Value(startKey{}).(ContainerStart)
	return start
}
