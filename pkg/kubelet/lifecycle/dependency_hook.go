// SPDX-License-Identifier: Apache-2.0

package lifecycle

import "context"

// AroundHook runs a hook with run, and returns the result of the hook.
type AroundHook func(ctx context.Context, run func(context.Context) (string, error)) (string, error)

type aroundHookKey struct{}

// WithAroundHook returns a context in which a HandlerRunner leaves it to around when a hook runs and how long it is waited
// for.
func WithAroundHook(ctx context.Context, around AroundHook) context.Context {
	return context.WithValue(ctx, aroundHookKey{}, around)
}
