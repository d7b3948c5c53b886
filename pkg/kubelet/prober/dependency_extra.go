// SPDX-License-Identifier: Apache-2.0

package prober

import (
	"context"
	"errors"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/record"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// extraProbe is a probe that is made before its time. It travels in the context of a worker's doProbe to the prober, and
// tells what came of it.
type extraProbe struct {
	// made tells that the container was probed: it runs, and its initial delay is over.
	made bool
	// succeeded tells that it answered.
	succeeded bool
	// inStep tells that the probe has succeeded, has to do so several times, and is now made in step with that.
	inStep bool
}

type extraProbeKey struct{}

func withExtraProbe(ctx context.Context, extra *extraProbe) context.Context {
	// Failures are nothing to log at a level that is usual on nodes.
	ctx = klog.NewContext(ctx, klog.FromContext(ctx).V(3))
	return context.WithValue(ctx, extraProbeKey{}, extra)
}

func extraProbeFrom(ctx context.Context) *extraProbe {
	extra, _ := ctx.Value(extraProbeKey{}).(*extraProbe)
	return extra
}

// errExtraProbeFailed makes a worker throw a result away.
var errExtraProbeFailed = errors.New("an extra probe has failed, which counts for nothing")

// result returns what the worker is to take note of: success alone. Its failures count towards no threshold.
func (e *extraProbe) result(result results.Result, err error) (results.Result, error) {
	e.made, e.succeeded = true, err == nil && result == results.Success
	if !e.succeeded && err == nil {
		err = errExtraProbeFailed
	}
	return result, err
}

// withoutEvents returns the prober for extra probes: what they fail with is not for users to see, and a flood of it would
// silence the events of their pods that are (the event broadcaster's spam filter lets 25 through).
func (pb *prober) withoutEvents() *prober {
	quiet := *pb
	quiet.recorder = noEvents{}
	return &quiet
}

// noEvents records nothing.
type noEvents struct{}

var _ record.EventRecorderLogger = noEvents{}

func (noEvents) Event(runtime.Object, string, string, string)                                      {}
func (noEvents) Eventf(runtime.Object, string, string, string, ...any)                             {}
func (noEvents) AnnotatedEventf(runtime.Object, map[string]string, string, string, string, ...any) {}
func (n noEvents) WithLogger(klog.Logger) record.EventRecorderLogger                               { return n }
