// SPDX-License-Identifier: Apache-2.0

package ordering

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"
	v1 "k8s.io/api/core/v1"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
)

// The spans of a pod that has an order. Each is a child of the span of the sync that it belongs to, and has the names of the pod and
// of the container. There is one for each step that the kubelet takes anyway, so that their number is bounded.
const (
	// WaitSpan is the time in which a container was held back. It belongs to the sync that ended the wait.
	WaitSpan = "ordering.wait"
	// StartSpan is the start of a container, with the pull of its image and its postStart hook.
	StartSpan = "ordering.start"
	// ImageSpan is the time until the image of a container was on the node. AheadAttribute says whether the container still waited.
	ImageSpan = "ordering.image"
	// PostStartSpan and PreStopSpan are hooks.
	PostStartSpan = "ordering.postStart"
	PreStopSpan   = "ordering.preStop"
	// StopSpan is the time from when a container was told to stop, its preStop hook included, until it had stopped.
	StopSpan = "ordering.stop"
	// StageSpan is a stage of the stop of a pod: from the first container that was told to stop to the last that had stopped.
	StageSpan = "ordering.stopStage"
)

// Attributes of the spans, beside those of OpenTelemetry's conventions.
const (
	// WaitedForAttribute names the containers whose conditions became true last.
	WaitedForAttribute = attribute.Key("ordering.waited_for")
	AheadAttribute     = attribute.Key("ordering.ahead")
	// LimitAttribute is how long the container had to stop, in seconds.
	LimitAttribute = attribute.Key("ordering.limit_seconds")
	// ContainersAttribute names the containers of a stage.
	ContainersAttribute = attribute.Key("ordering.containers")
)

const traceScope = "k8s.io/kubernetes/pkg/kubelet/ordering"

// Span is a step of a pod's order in a trace. A nil Span is a step that is not traced.
type Span struct{ span trace.Span }

// BeginSpan begins a span below the one in the context, and returns a context for what belongs to it. Nothing happens if that one is
// not sampled, as on a kubelet that does not trace.
func BeginSpan(
	ctx context.Context, name string, pod *v1.Pod, container string, attributes ...attribute.KeyValue,
) (context.Context, *Span) {
	return beginSpanAt(ctx, time.Time{}, name, pod, container, attributes)
}

// RecordSpan records a span that has already ended.
func RecordSpan(
	ctx context.Context, began, ended time.Time, name string, pod *v1.Pod, container string, err error, attributes ...attribute.KeyValue,
) {
	if _, s := beginSpanAt(ctx, began, name, pod, container, attributes); s != nil {
		s.end(err, trace.WithTimestamp(ended))
	}
}

func beginSpanAt(
	ctx context.Context, at time.Time, name string, pod *v1.Pod, container string, attributes []attribute.KeyValue,
) (context.Context, *Span) {
	parent := trace.SpanFromContext(ctx)
	if !parent.SpanContext().IsSampled() || pod == nil {
		return ctx, nil
	}
	all := []attribute.KeyValue{
		semconv.K8SPodUID(string(pod.UID)), semconv.K8SPodName(pod.Name), semconv.K8SNamespaceName(pod.Namespace),
	}
	if container != "" {
		all = append(all, semconv.K8SContainerName(container))
	}
	for _, a := range attributes {
		if a.Value.Type() == attribute.STRING {
			a.Value = attribute.StringValue(dependency.Shorten(a.Value.AsString(), dependency.MaxTextBytes))
		}
		all = append(all, a)
	}
	options := []trace.SpanStartOption{trace.WithAttributes(all...)}
	if !at.IsZero() {
		options = append(options, trace.WithTimestamp(at))
	}
	ctx, span := parent.TracerProvider().Tracer(traceScope).Start(ctx, name, options...)
	return ctx, &Span{span}
}

// End ends the span. An error is its status.
func (s *Span) End(err error) { s.end(err) }

func (s *Span) end(err error, options ...trace.SpanEndOption) {
	if s == nil {
		return
	}
	if err != nil {
		s.span.SetStatus(codes.Error, dependency.Shorten(err.Error(), dependency.MaxTextBytes))
	}
	s.span.End(options...)
}
