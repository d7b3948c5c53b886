// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	proberesults "k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// traced returns a context in which spans are recorded, and a function that returns those that have ended, sorted by their end: name,
// container and how long it took.
func traced(t *testing.T, sampler sdktrace.Sampler) (context.Context, func() []string) {
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder), sdktrace.WithSampler(sampler))
	ctx, root := provider.Tracer("test").Start(t.Context(), "syncPod")
	return ctx, func() (ended []string) {
		spans := recorder.Ended()
		slices.SortStableFunc(spans, func(a, b sdktrace.ReadOnlySpan) int { return a.EndTime().Compare(b.EndTime()) })
		for _, span := range spans {
			if span.SpanContext().TraceID() != root.SpanContext().TraceID() || !span.Parent().IsValid() {
				t.Errorf("span %s is not below that of the sync", span.Name())
			}
			line := span.Name()
			for _, a := range span.Attributes() {
				switch string(a.Key) {
				case "k8s.pod.name", "k8s.namespace.name", "k8s.pod.uid", "container.image.name":
					if a.Value.AsString() == "" {
						t.Errorf("span %s has an empty %s", span.Name(), a.Key)
					}
				case "ordering.limit_seconds":
				default:
					line += " " + a.Value.Emit()
				}
			}
			if span.Status().Description != "" {
				line += " (" + span.Status().Description + ")"
			}
			ended = append(ended, line+" "+span.EndTime().Sub(span.StartTime()).Round(time.Second).String())
		}
		return ended
	}
}

// TestDependencyTrace follows pods from their start to their end.
func TestDependencyTrace(t *testing.T) {
	tests := map[string]struct {
		pod     podBuilder
		sampler sdktrace.Sampler
		// stopped means that the pod stops while the app waits.
		stopped bool
		want    []string
	}{
		"all": {pod: podOf("app", "db").says("app", appWaitsForDB).with("db", ready), want: []string{
			"ordering.start db 0s", "ordering.wait app db 3s", "ordering.start app 0s", "ordering.stop app 0s", "ordering.stopStage app 0s",
			"ordering.stop db 0s", "ordering.stopStage db 0s"}},
		"stopped while it waits": {pod: podOf("app", "db").says("app", appWaitsForDB).with("db", ready), stopped: true, want: []string{
			"ordering.start db 0s", "ordering.wait app db (the container was not started) 3s", "ordering.stop db 0s",
			"ordering.stopStage db 0s"}},
		"no order":    {pod: podOf("app", "db")},
		"not sampled": {pod: podOf("app", "db").says("app", appWaitsForDB).with("db", ready), sampler: sdktrace.NeverSample()},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if tt.sampler == nil {
					tt.sampler = sdktrace.AlwaysSample()
				}
				ctx, spans := traced(t, tt.sampler)
				k := newTestKubelet(t, newRecordingRuntime())
				sync := func() {
					k.SyncPod(ctx, tt.pod.Pod, k.status(t, tt.pod.Pod), nil, k.backOff, false)
					synctest.Wait()
				}
				sync()
				sync()
				time.Sleep(3 * time.Second)
				if !tt.stopped {
					k.readyNow.Set(k.id(t, "db"), proberesults.Success, tt.pod.Pod)
					sync()
					sync()
				}
				k.states.terminating.Store(true)
				running := kubecontainer.ConvertPodStatusToRunningPod(k.Type(), k.status(t, tt.pod.Pod))
				if err := k.KillPod(ctx, tt.pod.Pod, running, nil); err != nil {
					t.Fatal(err)
				}
				got := slices.DeleteFunc(spans(), func(line string) bool { return strings.HasPrefix(line, "ordering.image") })
				slices.Sort(got)
				slices.Sort(tt.want)
				if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("spans (-want +got):\n%s", diff)
				}
			})
		})
	}
}
