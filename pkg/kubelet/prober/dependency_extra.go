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

// extraProbe is a probe that is made before its period ends. It travels in the context of a worker's doProbe to the
// prober, which sets the result.
type extraProbe struct {
	// made means that the container was probed: it is running, and its initial delay is over.
	made bool
	// succeeded means that the probe succeeded.
	succeeded bool
	// inStep means that the probe has succeeded but must do so several times, and that the regular probes now follow
	// this success.
	inStep bool
}

type extraProbeKey struct{}

func withExtraProbe(ctx context.Context, extra *extraProbe) context.Context {
	// Do not log failures at the levels that are common on nodes.
	ctx = klog.NewContext(ctx, klog.FromContext(ctx).V(3))
	return context.WithValue(ctx, extraProbeKey{}, extra)
}

func extraProbeFrom(ctx context.Context) *extraProbe {
	extra, _ := ctx.Value(extraProbeKey{}).(*extraProbe)
	return extra
}

// errExtraProbeFailed makes a worker drop a result.
var errExtraProbeFailed = errors.New("an extra probe has failed, which counts for nothing")

// result returns the result for the worker, which must only see a success. Failures of extra probes do not count
// towards a threshold.
func (e *extraProbe) result(result results.Result, err error) (results.Result, error) {
	e.made, e.succeeded = true, err == nil && result == results.Success
	if !e.succeeded && err == nil {
		err = errExtraProbeFailed
	}
	return result, err
}

// withoutEvents returns the prober for extra probes, which emits no events: a flood of failures would silence the pod's
// other events (the event broadcaster's spam filter lets 25 through).
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
