// SPDX-License-Identifier: Apache-2.0

package v1

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// protoc runs the protobuf compiler on the published schema with the ordering fields. mode is "encode" or "decode".
func protoc(t *testing.T, mode, message string, input []byte) []byte {
	t.Helper()
	program, err := exec.LookPath("protoc")
	if err != nil {
		t.Fatal("no protobuf compiler found: run apt-get install protobuf-compiler, or hack/test-upstream.sh, which installs it")
	}
	own := t.TempDir()
	name := "k8s.io/api/core/v1/generated.proto"
	if err := os.MkdirAll(filepath.Join(own, filepath.Dir(name)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(own, name), joinedSchema(t), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-I", own, "-I", filepath.Join("..", "..", "..", ".."), "--"+mode+"=k8s.io.api.core.v1."+message, name)
	cmd.Stdin = bytes.NewReader(input)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("protoc --%s: %v\n%s", mode, err, &stderr)
	}
	return stdout.Bytes()
}

// joinedSchema returns upstream's schema merged with dependency.proto, as the Go types are merged: the fields of
// LifecycleOrder become fields of Lifecycle, and ContainerDependency is an additional message.
func joinedSchema(t *testing.T) []byte {
	t.Helper()
	read := func(name string) string {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	schema, own := read("generated.proto"), read("dependency.proto")
	_, own, found := strings.Cut(own, "message LifecycleOrder {\n")
	fields, messages, ends := strings.Cut(own, "\n}\n")
	head, tail, fits := strings.Cut(schema, "message Lifecycle {\n")
	if !found || !ends || !fits {
		t.Fatal("the two schemas do not have the messages Lifecycle and LifecycleOrder")
	}
	return []byte(head + "message Lifecycle {\n" + fields + "\n" + tail + messages)
}

// randomLifecycle returns a lifecycle with random ordering fields and sometimes with fields of upstream.
func randomLifecycle(r *rand.Rand) *Lifecycle {
	some := func() bool { return r.IntN(2) == 0 }
	text := func() string {
		return []string{"", "a", "certs", "Sidecar", "Ready", "häfen", "\x00\n\"'\\", strings.Repeat("z", r.IntN(400))}[r.IntN(8)]
	}
	l := &Lifecycle{}
	if some() {
		l.Type = new(LifecycleType(text()))
	}
	for _, list := range []*[]ContainerDependency{&l.DependsOn, &l.Before} {
		for range r.IntN(4) {
			d := ContainerDependency{Container: text(), Type: LifecycleType(text()), Condition: ContainerDependencyCondition(text())}
			if some() {
				d.Optional = new(some())
			}
			*list = append(*list, d)
		}
	}
	if some() {
		l.PreStopTiming = new(PreStopTiming(text()))
	}
	if some() {
		l.StopTimeoutSeconds = new(int64(r.Uint64() >> r.IntN(64)))
	}
	if some() {
		l.StopSignal = new(Signal("SIGTERM"))
	}
	if some() {
		l.PreStop = &LifecycleHandler{Sleep: &SleepAction{Seconds: r.Int64N(100)}}
	}
	return l
}

// The protobuf compiler decodes our encoding, and encodes the result to exactly the same bytes.
func TestDependencyProtocAgrees(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pod := &Pod{}
	for _, l := range orderedLifecycles() {
		pod.Spec.Containers = append(pod.Spec.Containers, Container{Lifecycle: l})
	}
	for range 500 {
		pod.Spec.Containers = append(pod.Spec.Containers, Container{Lifecycle: randomLifecycle(r)})
	}
	want, err := pod.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	text := protoc(t, "decode", "Pod", want)
	if unknown := bytes.Contains(text, []byte("\n      100")); unknown {
		t.Errorf("protoc does not know all fields:\n%.2000s", text)
	}
	if got := protoc(t, "encode", "Pod", text); !bytes.Equal(got, want) {
		t.Errorf("protoc encoded %d bytes that differ from our %d", len(got), len(want))
	}
}

// Unmarshal decodes the fields of a text message that the protobuf compiler encoded.
func TestDependencyProtocReads(t *testing.T) {
	tests := map[string]struct {
		text string
		want Lifecycle
	}{
		"type": {text: `type: "Sidecar"`, want: Lifecycle{Type: new(LifecycleTypeSidecar)}},
		"dependencies": {
			text: `dependsOn { container: "a" condition: "Started" optional: true } dependsOn { container: "b" }`,
			want: Lifecycle{
				DependsOn: []ContainerDependency{{Container: "a", Condition: ContainerDependencyStarted, Optional: new(true)}, {Container: "b"}},
			},
		},
		"not optional": {text: `dependsOn { optional: false }`, want: Lifecycle{DependsOn: []ContainerDependency{{Optional: new(false)}}}},
		"before": {
			text: `before { container: "app" } before { type: "Sidecar" condition: "None" }`,
			want: Lifecycle{Before: []ContainerDependency{
				{Container: "app"}, {Type: LifecycleTypeSidecar, Condition: ContainerDependencyNone},
			}},
		},
		"timing": {text: `preStopTiming: "InTurn"`, want: Lifecycle{PreStopTiming: new(PreStopTimingInTurn)}},
		"time":   {text: `stopTimeoutSeconds: 5`, want: Lifecycle{StopTimeoutSeconds: new(int64(5))}},
		"negative time": {
			text: `stopTimeoutSeconds: -9223372036854775808`,
			want: Lifecycle{StopTimeoutSeconds: new(int64(-9223372036854775808))},
		},
		"with a signal": {
			text: `stopSignal: "SIGINT" type: "Standard"`,
			want: Lifecycle{StopSignal: new(Signal("SIGINT")), Type: new(LifecycleTypeStandard)},
		},
		"with a long name": {
			text: `before { container: ` + strconv.Quote(strings.Repeat("n", 200)) + ` }`,
			want: Lifecycle{Before: []ContainerDependency{{Container: strings.Repeat("n", 200)}}},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var got Lifecycle
			if err := got.Unmarshal(protoc(t, "encode", "Lifecycle", []byte(tc.text))); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("lifecycle (-want +got):\n%s", diff)
			}
		})
	}
}
