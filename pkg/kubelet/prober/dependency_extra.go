// SPDX-License-Identifier: Apache-2.0

package prober

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/go-logr/logr"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/tools/record"
	"k8s.io/klog/v2"
	"k8s.io/utils/exec"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/prober/results"
	"k8s.io/kubernetes/pkg/probe"
	execprobe "k8s.io/kubernetes/pkg/probe/exec"
)

// maxExtraProbeSeconds is the longest timeout of an extra probe: one that hangs holds a goroutine, and a connection or a
// process.
const maxExtraProbeSeconds = 10

// extraProbe is a probe that is made before its period ends. It travels in the context of a worker's doProbe to the
// prober, twice: the first time the prober keeps what it would execute, the second time it answers with the success.
// In between, the probe is executed without the worker, whose regular probes do not wait for it.
type extraProbe struct {
	// container and execute are set if the worker would probe the container: it is running, its initial delay is over.
	container kubecontainer.ContainerID
	execute   func() (results.Result, error)
	// launched means that the probe may be executed. cancel ends that.
	launched bool
	cancel   context.CancelFunc
	// overtaken means that a regular probe has begun since the launch.
	overtaken atomic.Bool
	succeeded bool
	// inStep means that the probe has succeeded but must do so several times, and that the regular probes now follow
	// this success.
	inStep bool
}

type extraProbeKey struct{}

// withExtraProbe returns a context for a worker's doProbe. What extra probes log, failures above all, does not show at
// the levels that are common on nodes. Errors have no level, so a logger that shows none of it is replaced.
func withExtraProbe(ctx context.Context, extra *extraProbe) context.Context {
	logger := klog.FromContext(ctx).V(3)
	if !logger.V(1).Enabled() {
		logger = logr.Discard()
	}
	return context.WithValue(klog.NewContext(ctx, logger), extraProbeKey{}, extra)
}

func extraProbeFrom(ctx context.Context) *extraProbe {
	extra, _ := ctx.Value(extraProbeKey{}).(*extraProbe)
	return extra
}

// errNoResult makes a worker drop a result.
var errNoResult = errors.New("an extra probe has no result, or has failed, which counts for nothing")

// answer returns the result for the worker, which must only see a success. Failures of extra probes do not count
// towards a threshold.
func (e *extraProbe) answer(container kubecontainer.ContainerID, execute func() (results.Result, error)) (results.Result, error) {
	if e.succeeded && e.container == container {
		return results.Success, nil
	}
	e.container, e.execute = container, execute
	return results.Unknown, errNoResult
}

// run executes the probe and reports whether it succeeded. Like upstream's doProbe, it survives a panic.
func (e *extraProbe) run(ctx context.Context) bool {
	defer func() { _ = recover() }()
	defer utilruntime.HandleCrashWithContext(ctx)
	result, err := e.execute()
	e.succeeded = err == nil && result == results.Success
	return e.succeeded
}

// forExtra returns the prober for extra probes. It emits no events: a flood of failures would silence the pod's other
// events (the event broadcaster's spam filter lets 25 through). It executes nothing twice.
func (pb *prober) forExtra() *prober {
	quiet := *pb
	quiet.recorder = noEvents{}
	quiet.exec = execOnce{pb.exec}
	return &quiet
}

// execOnce makes the error of an exec probe a failure: upstream repeats a probe with an error at once, twice.
type execOnce struct{ execprobe.Prober }

// Probe implements execprobe.Prober.
func (e execOnce) Probe(cmd exec.Cmd) (probe.Result, string, error) {
	result, output, err := e.Prober.Probe(cmd)
	if err != nil {
		return probe.Failure, err.Error(), nil
	}
	return result, output, nil
}

// forExtraProbe returns a copy of the container whose probe ends in time.
func forExtraProbe(container v1.Container, kind probeType) v1.Container {
	spec := &container.ReadinessProbe
	if kind == startup {
		spec = &container.StartupProbe
	}
	if *spec != nil {
		short := **spec
		if short.TimeoutSeconds <= 0 || short.TimeoutSeconds > maxExtraProbeSeconds {
			short.TimeoutSeconds = maxExtraProbeSeconds
		}
		*spec = &short
	}
	return container
}

// noEvents records nothing.
type noEvents struct{}

var _ record.EventRecorderLogger = noEvents{}

func (noEvents) Event(runtime.Object, string, string, string)                                      {}
func (noEvents) Eventf(runtime.Object, string, string, string, ...any)                             {}
func (noEvents) AnnotatedEventf(runtime.Object, map[string]string, string, string, string, ...any) {}
func (n noEvents) WithLogger(klog.Logger) record.EventRecorderLogger                               { return n }
