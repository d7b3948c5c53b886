// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net"
	"os"
	"sync"

	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/onsi/ginkgo/v2"

	"k8s.io/kubernetes/test/e2e/framework"
)

// collector receives the traces of a kubelet, as a collector of OpenTelemetry does.
type collector struct {
	collectorpb.UnimplementedTraceServiceServer
	address string
	lock    sync.Mutex
	// requests are what was received, spans their spans.
	requests []*collectorpb.ExportTraceServiceRequest
	spans    []*tracepb.Span
}

// collect receives traces until the spec ends.
func collect() *collector {
	ginkgo.GinkgoHelper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	framework.ExpectNoError(err, "listen for traces")
	c := &collector{address: listener.Addr().String()}
	server := grpc.NewServer()
	collectorpb.RegisterTraceServiceServer(server, c)
	go func() { _ = server.Serve(listener) }()
	ginkgo.DeferCleanup(server.Stop)
	return c
}

// Export implements TraceServiceServer.
func (c *collector) Export(_ context.Context, request *collectorpb.ExportTraceServiceRequest) (*collectorpb.ExportTraceServiceResponse, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.requests = append(c.requests, request)
	for _, resource := range request.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			c.spans = append(c.spans, scope.GetSpans()...)
		}
	}
	return &collectorpb.ExportTraceServiceResponse{}, nil
}

// of returns the spans so far that have the attribute.
func (c *collector) of(key, value string) (found []*tracepb.Span) {
	c.lock.Lock()
	defer c.lock.Unlock()
	for _, span := range c.spans {
		if attributeOf(span, key) == value {
			found = append(found, span)
		}
	}
	return found
}

func attributeOf(span *tracepb.Span, key string) string {
	for _, a := range span.GetAttributes() {
		if a.GetKey() == key {
			return a.GetValue().GetStringValue()
		}
	}
	return ""
}

// write writes what was received as a collector's file exporter does: one document of OTLP in JSON in each line.
func (c *collector) write(file string) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	var text []byte
	for _, request := range c.requests {
		line, err := protojson.Marshal(request)
		if err != nil {
			return err
		}
		var document any
		if err := json.Unmarshal(line, &document); err != nil {
			return err
		}
		hexIDs(document)
		if line, err = json.Marshal(document); err != nil {
			return err
		}
		text = append(append(text, line...), '\n')
	}
	return os.WriteFile(file, text, 0o600)
}

// hexIDs writes the IDs in hexadecimal digits: OTLP departs from protobuf's JSON there.
func hexIDs(value any) {
	switch v := value.(type) {
	case []any:
		for _, one := range v {
			hexIDs(one)
		}
	case map[string]any:
		for key, one := range v {
			text, isText := one.(string)
			if !isText || key != "traceId" && key != "spanId" && key != "parentSpanId" {
				hexIDs(one)
				continue
			}
			if id, err := base64.StdEncoding.DecodeString(text); err == nil {
				v[key] = hex.EncodeToString(id)
			}
		}
	}
}
