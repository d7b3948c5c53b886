// SPDX-License-Identifier: Apache-2.0

// Package traces reads the spans of a pod's order that a kubelet has exported, and gives the reconstructed past of a pod their times: a
// status has whole seconds, a span has nanoseconds. It reads OTLP in its JSON form, as a collector's file exporter writes it: one or
// more documents, each with resourceSpans.
package traces

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// Bounds of what is read.
const (
	// MaxBytes is the greatest size of a file of traces.
	MaxBytes = 256 << 20
	// maxSpans is the greatest number of spans that are kept: those of the kubelet's orders, and its calls that start containers.
	maxSpans = 200000
)

// Span is a step of a pod's order.
type Span struct {
	ID, Parent string
	Name       string
	// UID, Namespace and Pod say which pod it is about, and Container which container.
	UID, Namespace, Pod, Container string
	// WaitedFor names the containers for which a wait waited at last.
	WaitedFor  []string
	Begin, End time.Time
}

// prefix of the names of the kubelet's spans of an order, and the call that starts a container.
const (
	prefix    = "ordering."
	startCall = "runtime.v1.RuntimeService/StartContainer"
)

// File reads a file of traces.
func File(name string) ([]Span, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read the traces: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && info.Size() > MaxBytes {
		return nil, fmt.Errorf("read the traces: %s has more than %d MiB: leave out other pods", name, MaxBytes>>20)
	}
	spans, err := read(io.LimitReader(f, MaxBytes))
	if err != nil {
		return nil, fmt.Errorf("read the traces in %s: %w: it must be OTLP in JSON, as the file exporter of a collector writes it", name, err)
	}
	return spans, nil
}

// document is what is read of one OTLP document.
type document struct {
	ResourceSpans []struct {
		ScopeSpans []struct {
			Spans []rawSpan `json:"spans"`
		} `json:"scopeSpans"`
	} `json:"resourceSpans"`
}

type rawSpan struct {
	SpanID       string `json:"spanId"`
	ParentSpanID string `json:"parentSpanId"`
	Name         string `json:"name"`
	Start        nanos  `json:"startTimeUnixNano"`
	End          nanos  `json:"endTimeUnixNano"`
	Attributes   []struct {
		Key   string `json:"key"`
		Value struct {
			String string `json:"stringValue"`
		} `json:"value"`
	} `json:"attributes"`
}

// nanos is a time in nanoseconds, which JSON has as a text or as a number.
type nanos int64

// UnmarshalJSON implements json.Unmarshaler.
func (n *nanos) UnmarshalJSON(text []byte) error {
	value, err := strconv.ParseInt(strings.Trim(string(text), `"`), 10, 64)
	if err != nil {
		return fmt.Errorf("a time is %.40q, which is no number of nanoseconds", text)
	}
	*n = nanos(value)
	return nil
}

func (n nanos) time() time.Time { return time.Unix(0, int64(n)).UTC() }

func read(r io.Reader) ([]Span, error) {
	var spans []Span
	decoder := json.NewDecoder(r)
	for {
		var d document
		err := decoder.Decode(&d)
		if errors.Is(err, io.EOF) {
			return spans, nil
		}
		if err != nil {
			return nil, err
		}
		for _, resource := range d.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				for i := range scope.Spans {
					raw := &scope.Spans[i]
					if !strings.HasPrefix(raw.Name, prefix) && raw.Name != startCall || raw.End < raw.Start {
						continue
					}
					if spans = append(spans, raw.span()); len(spans) > maxSpans {
						return nil, fmt.Errorf("there are more than %d spans of orders", maxSpans)
					}
				}
			}
		}
	}
}

func (r *rawSpan) span() Span {
	s := Span{ID: r.SpanID, Parent: r.ParentSpanID, Name: r.Name, Begin: r.Start.time(), End: r.End.time()}
	for _, a := range r.Attributes {
		switch a.Key {
		case "k8s.pod.uid":
			s.UID = a.Value.String
		case "k8s.pod.name":
			s.Pod = a.Value.String
		case "k8s.namespace.name":
			s.Namespace = a.Value.String
		case "k8s.container.name":
			s.Container = a.Value.String
		case "ordering.waited_for":
			s.WaitedFor = strings.Split(a.Value.String, ",")
		}
	}
	return s
}
