// SPDX-License-Identifier: Apache-2.0

package v1

import (
	"bytes"
	"encoding/binary"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// orderedLifecycles returns lifecycles with all kinds of values in the ordering fields.
func orderedLifecycles() map[string]*Lifecycle {
	hook := &LifecycleHandler{Exec: &ExecAction{Command: []string{"true"}}}
	return map[string]*Lifecycle{
		"none":       {},
		"hooks only": {PostStart: hook, PreStop: hook, StopSignal: new(Signal("SIGUSR1"))},
		"type":       {Type: new(LifecycleTypeSidecar)},
		"empty type": {Type: new(LifecycleType(""))},
		"dependencies": {DependsOn: []ContainerDependency{
			{Container: "certs", Condition: ContainerDependencySucceeded, Optional: new(true)},
			{Container: "proxy", Optional: new(false)},
			{Type: LifecycleTypeStandard, Condition: ContainerDependencyNone},
			{},
		}},
		"before": {Before: []ContainerDependency{
			{Container: "app", Condition: ContainerDependencyStarted, Optional: new(true)},
			{Type: LifecycleTypeSidecar, Optional: new(false)},
			{},
			{Container: "häfen", Type: "häfen"},
		}},
		"hook timing":   {PreStopTiming: new(PreStopTimingAtTermination)},
		"empty timing":  {PreStopTiming: new(PreStopTiming(""))},
		"stop timeout":  {StopTimeoutSeconds: new(int64(5))},
		"no time":       {StopTimeoutSeconds: new(int64(0))},
		"negative time": {StopTimeoutSeconds: new(int64(-1))},
		"longest time":  {StopTimeoutSeconds: new(int64(math.MaxInt64))},
		"shortest time": {StopTimeoutSeconds: new(int64(math.MinInt64))},
		"long texts": {
			Before:    []ContainerDependency{{Container: strings.Repeat("x", 300)}},
			DependsOn: []ContainerDependency{{Container: strings.Repeat("y", 20000), Type: LifecycleType(strings.Repeat("z", 130))}},
		},
		"all and hooks": {
			PostStart:          hook,
			PreStop:            hook,
			StopSignal:         new(Signal("SIGTERM")),
			Type:               new(LifecycleTypeStandard),
			DependsOn:          []ContainerDependency{{Container: "a", Condition: ContainerDependencyStarted}},
			Before:             []ContainerDependency{{Type: LifecycleTypeSidecar}},
			PreStopTiming:      new(PreStopTimingInTurn),
			StopTimeoutSeconds: new(int64(30)),
		},
		"hook and order": {PreStop: hook, Type: new(LifecycleTypeSidecar)},
	}
}

func TestDependencyProtobufRoundTrip(t *testing.T) {
	for name, want := range orderedLifecycles() {
		t.Run(name, func(t *testing.T) {
			data, err := want.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			if len(data) != want.Size() {
				t.Errorf("got %d bytes, Size() = %d", len(data), want.Size())
			}
			var got Lifecycle
			if err := got.Unmarshal(data); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, &got); diff != "" {
				t.Errorf("decoded lifecycle (-want +got):\n%s", diff)
			}
			// In a buffer that is too long, MarshalTo writes at the beginning and MarshalToSizedBuffer at the end.
			begin, end := make([]byte, len(data)+7), make([]byte, len(data)+7)
			if n, err := want.MarshalTo(begin); err != nil || !bytes.Equal(begin[:n], data) {
				t.Errorf("MarshalTo wrote %x, %v, want %x", begin[:n], err, data)
			}
			if n, err := want.MarshalToSizedBuffer(end); err != nil || !bytes.Equal(end[len(end)-n:], data) {
				t.Errorf("MarshalToSizedBuffer wrote %x, %v, want %x", end[len(end)-n:], err, data)
			}
			pod := &Pod{Spec: PodSpec{Containers: []Container{{Name: "a", Lifecycle: want, Image: "b"}, {Name: "c"}}}}
			podData, err := pod.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			var gotPod Pod
			if err := gotPod.Unmarshal(podData); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(pod.Spec.Containers, gotPod.Spec.Containers); diff != "" {
				t.Errorf("decoded containers of a pod (-want +got):\n%s", diff)
			}
		})
	}
}

// A container without ordering fields is encoded, decoded and formatted as upstream does.
func TestDependencyProtobufUnset(t *testing.T) {
	l := orderedLifecycles()["hooks only"]
	want := make([]byte, l.upstreamSize())
	if _, err := l.upstreamMarshalToSizedBuffer(want); err != nil {
		t.Fatal(err)
	}
	got, err := l.Marshal()
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %x, %v, want upstream's %x", got, err, want)
	}
	if got, want := l.String(), l.upstreamString(); got != want {
		t.Errorf("got %s, want upstream's %s", got, want)
	}
	var nothing *Lifecycle
	if nothing.Size() != 0 || nothing.String() != "nil" {
		t.Errorf("got size %d and text %q for a nil lifecycle", nothing.Size(), nothing.String())
	}
}

// Empty strings that are not pointers are encoded too, as in upstream's types.
func TestDependencyProtobufEmptyStrings(t *testing.T) {
	if got, err := (&ContainerDependency{}).Marshal(); err != nil || !bytes.Equal(got, []byte{0x0a, 0, 0x12, 0, 0x22, 0}) {
		t.Errorf("got %x, %v, want 0a0012002200", got, err)
	}
	d := ContainerDependency{Container: "a", Type: "c", Condition: "b", Optional: new(true)}
	if d.Reset(); d != (ContainerDependency{}) {
		t.Errorf("got %v after Reset", &d)
	}
}

func TestDependencyProtobufString(t *testing.T) {
	l := &Lifecycle{
		Type:               new(LifecycleTypeSidecar),
		DependsOn:          []ContainerDependency{{Container: "a", Condition: "Ready"}, {Container: "b", Optional: new(true)}},
		Before:             []ContainerDependency{{Type: LifecycleTypeStandard}},
		PreStopTiming:      new(PreStopTimingAtTermination),
		StopTimeoutSeconds: new(int64(5)),
	}
	want := "&Lifecycle{PostStart:nil,PreStop:nil,StopSignal:nil,Type:*Sidecar,DependsOn:[]ContainerDependency{" +
		"ContainerDependency{Container:a,Condition:Ready,Optional:nil,Type:,}," +
		"ContainerDependency{Container:b,Condition:,Optional:*true,Type:,},}," +
		"Before:[]ContainerDependency{ContainerDependency{Container:,Condition:,Optional:nil,Type:Standard,},}," +
		"PreStopTiming:*AtTermination,StopTimeoutSeconds:*5,}"
	if got := l.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var nothing *ContainerDependency
	if got := nothing.String(); got != "nil" {
		t.Errorf("got text %q for a nil dependency", got)
	}
}

// encodedField encodes a field with any wire type and any bytes after its tag.
func encodedField(number, wireType int, value ...byte) []byte {
	return append(binary.AppendUvarint(nil, uint64(number)<<3|uint64(wireType)), value...)
}

func TestDependencyProtobufUnmarshal(t *testing.T) {
	sidecar := []byte("\x07Sidecar")
	overlong := bytes.Repeat([]byte{0x80}, 11)
	tests := map[string]struct {
		data []byte
		want Lifecycle
		err  string
	}{
		"nothing": {},
		"last type counts": {
			data: concat(encodedField(1001, 2, 0), encodedField(1001, 2, sidecar...)),
			want: Lifecycle{Type: new(LifecycleTypeSidecar)},
		},
		"last timing counts": {
			data: concat(encodedField(1005, 2, 1, 'a'), encodedField(1005, 2, 1, 'b')),
			want: Lifecycle{PreStopTiming: new(PreStopTiming("b"))},
		},
		"entries are collected": {
			data: concat(encodedField(1003, 2, 3, 0x0a, 1, 'a'), encodedField(1001, 2, sidecar...), encodedField(1003, 2, 3, 0x22, 1, 'b')),
			want: Lifecycle{Type: new(LifecycleTypeSidecar), Before: []ContainerDependency{{Container: "a"}, {Type: "b"}}},
		},
		"in any order": {
			data: concat(encodedField(1004, 0, 7), encodedField(3, 2, 3, 'I', 'N', 'T')),
			want: Lifecycle{StopTimeoutSeconds: new(int64(7)), StopSignal: new(Signal("INT"))},
		},
		"unknown fields are skipped": {
			data: concat(
				encodedField(1006, 2, 1, 'x'),
				encodedField(1000, 0, 1),
				encodedField(900, 5, 1, 2, 3, 4),
				encodedField(901, 1, 1, 2, 3, 4, 5, 6, 7, 8),
				encodedField(1004, 0, 7),
			),
			want: Lifecycle{StopTimeoutSeconds: new(int64(7))},
		},
		"an unknown group is skipped": {
			data: concat(encodedField(1006, 3), encodedField(1004, 0, 9), encodedField(1006, 4), encodedField(1004, 0, 7)),
			want: Lifecycle{StopTimeoutSeconds: new(int64(7))},
		},
		"unknown fields of a dependency": {
			data: encodedField(1002, 2, 5, 0x28, 1, 0x0a, 1, 'a'),
			want: Lifecycle{DependsOn: []ContainerDependency{{Container: "a"}}},
		},
		"last field of a dependency": {
			data: encodedField(1002, 2, 6, 0x0a, 1, 'a', 0x0a, 1, 'b'),
			want: Lifecycle{DependsOn: []ContainerDependency{{Container: "b"}}},
		},
		"any number is true": {
			data: encodedField(1002, 2, 2, 0x18, 9),
			want: Lifecycle{DependsOn: []ContainerDependency{{Optional: new(true)}}},
		},
		"a tag of more than 64 bits": {
			data: concat([]byte{0xca, 0xbe, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7e, 0}, encodedField(1004, 0, 7)),
			want: Lifecycle{StopTimeoutSeconds: new(int64(7))},
		},

		"type as a number":               {data: encodedField(1001, 0, 1), err: "wrong wireType = 0 for field Type"},
		"type as a group":                {data: concat(encodedField(1001, 3), encodedField(1001, 4)), err: "wrong wireType = 3 for field Type"},
		"dependency as a number":         {data: encodedField(1002, 0, 1), err: "wrong wireType = 0 for field DependsOn"},
		"entry as 4 bytes":               {data: encodedField(1003, 5, 1, 2, 3, 4), err: "wrong wireType = 5 for field Before"},
		"timing as a number":             {data: encodedField(1005, 0, 1), err: "wrong wireType = 0 for field PreStopTiming"},
		"type of an entry as a number":   {data: encodedField(1003, 2, 2, 0x20, 1), err: "wrong wireType = 0 for field Type"},
		"time as text":                   {data: encodedField(1004, 2, 1, '5'), err: "wrong wireType = 2 for field StopTimeoutSeconds"},
		"container as a number":          {data: encodedField(1002, 2, 2, 0x08, 1), err: "wrong wireType = 0 for field Container"},
		"condition as a number":          {data: encodedField(1002, 2, 2, 0x10, 1), err: "wrong wireType = 0 for field Condition"},
		"optional as text":               {data: encodedField(1002, 2, 2, 0x1a, 0), err: "wrong wireType = 2 for field Optional"},
		"truncated tag":                  {data: encodedField(1001, 2)[:1], err: "unexpected EOF"},
		"no length":                      {data: encodedField(1001, 2), err: "unexpected EOF"},
		"truncated text":                 {data: encodedField(1001, 2, 5, 'S'), err: "unexpected EOF"},
		"truncated number":               {data: encodedField(1004, 0, 0x80), err: "unexpected EOF"},
		"truncated name of a dependency": {data: encodedField(1002, 2, 3, 0x0a, 9, 'a'), err: "unexpected EOF"},
		"truncated type of an entry":     {data: encodedField(1003, 2, 3, 0x22, 9, 'a'), err: "unexpected EOF"},
		"negative length": {
			data: encodedField(1003, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1),
			err:  "negative length",
		},
		"longest length": {data: encodedField(1003, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f), err: "length"},
		"number of more than 64 bits": {
			data: encodedField(1004, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2),
			err:  "integer overflow",
		},
		"length of more than 64 bits": {
			data: encodedField(1003, 2, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 2),
			err:  "integer overflow",
		},
		"endless number":                {data: encodedField(1004, 0, overlong...), err: "integer overflow"},
		"endless tag":                   {data: overlong, err: "integer overflow"},
		"field 0":                       {data: encodedField(0, 0, 0), err: "illegal tag 0"},
		"field 0 of a dependency":       {data: encodedField(1002, 2, 2, 0, 0), err: "illegal tag 0"},
		"end of no group":               {data: encodedField(1001, 4), err: "end group"},
		"end of no group in dependency": {data: encodedField(1002, 2, 1, 0x0c), err: "unexpected end of group"},
		"unknown wire type":             {data: encodedField(1001, 7), err: "illegal wireType 7"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var got Lifecycle
			err := got.Unmarshal(tc.data)
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Errorf("got error %v, want %q", err, tc.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("lifecycle (-want +got):\n%s", diff)
			}
		})
	}
}

func concat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// Upstream's decoder skips the ordering fields, so old and new versions can read each other's objects.
func TestDependencyProtobufReadByUpstream(t *testing.T) {
	for name, l := range orderedLifecycles() {
		t.Run(name, func(t *testing.T) {
			data, err := l.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			var got Lifecycle
			if err := got.upstreamUnmarshal(data); err != nil {
				t.Fatal(err)
			}
			want := Lifecycle{PostStart: l.PostStart, PreStop: l.PreStop, StopSignal: l.StopSignal}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("lifecycle read by upstream (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzDependencyUnmarshal decodes arbitrary bytes: decoding never panics and agrees with upstream on upstream's fields. A
// decoded lifecycle stays the same when it is encoded and decoded again.
func FuzzDependencyUnmarshal(f *testing.F) {
	for _, l := range orderedLifecycles() {
		data, err := l.Marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	f.Add(encodedField(1002, 2, 5, 0x20, 1, 0x0a, 1, 'a'))
	f.Add(concat(encodedField(1003, 2, 3, 0x22, 1, 'a'), encodedField(1005, 2, 1, 'b')))
	f.Fuzz(func(t *testing.T, data []byte) {
		var upstream, got Lifecycle
		upstreamErr, err := upstream.upstreamUnmarshal(data), got.Unmarshal(data)
		if upstreamErr != nil && err == nil {
			t.Fatalf("Unmarshal() returned no error, upstream's returned %v", upstreamErr)
		}
		if err != nil {
			return
		}
		hooks := Lifecycle{PostStart: got.PostStart, PreStop: got.PreStop, StopSignal: got.StopSignal}
		if !reflect.DeepEqual(hooks, upstream) {
			t.Fatalf("got %v, upstream has %v", hooks, upstream)
		}
		again, err := got.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if len(again) != got.Size() {
			t.Fatalf("encoded %d bytes, Size() = %d", len(again), got.Size())
		}
		var second Lifecycle
		if err := second.Unmarshal(again); err != nil {
			t.Fatal(err)
		}
		ours, oursAgain := got, second
		ours.PostStart, ours.PreStop, oursAgain.PostStart, oursAgain.PreStop = nil, nil, nil, nil
		if !reflect.DeepEqual(ours, oursAgain) {
			t.Fatalf("encoded %v, decoded %v", ours, oursAgain)
		}
	})
}

// FuzzDependencyRoundTrip encodes arbitrary values and decodes them again.
func FuzzDependencyRoundTrip(f *testing.F) {
	f.Add("Sidecar", "certs", "Ready", "AtTermination", int64(5), byte(0xff))
	f.Add("", "", "", "", int64(-1), byte(0x2a))
	f.Fuzz(func(t *testing.T, kind, container, condition, timing string, timeout int64, has byte) {
		want := Lifecycle{}
		if has&1 != 0 {
			want.Type = new(LifecycleType(kind))
		}
		if has&2 != 0 {
			want.StopTimeoutSeconds = new(timeout)
		}
		if has&4 != 0 {
			want.Before = []ContainerDependency{{Type: LifecycleType(kind), Condition: ContainerDependencyCondition(timing)}, {Container: timing}}
		}
		if has&8 != 0 {
			want.DependsOn = []ContainerDependency{{Container: container, Condition: ContainerDependencyCondition(condition)}, {Container: timing}}
		}
		if has&24 == 24 {
			want.DependsOn[1].Optional = new(has&32 != 0)
		}
		if has&64 != 0 {
			want.StopSignal = new(Signal(condition))
		}
		if has&128 != 0 {
			want.PreStopTiming = new(PreStopTiming(timing))
		}
		data, err := want.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		var got Lifecycle
		if err := got.Unmarshal(data); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("wrote %v, read %v", want, got)
		}
	})
}
