// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// FuzzDecode: for any annotation, decoding and building do not panic. An accepted annotation can be encoded and decoded
// again. The message for a rejected one is a single line of valid text, with bounded length. Decoding allocates a small
// multiple of the annotation's length.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{
		``, `-`, `{}`, `null`, `[]`, `0`, `""`, `{"type":"Sidecar"}`, "type: Sidecar", "---\ntype: Sidecar\n...\n", "a: &a [*a]",
		`{"type":"Sidecar","type":"Standard"}`, `{"Type":"Sidecar"}`, `{"type":"Sidecar"} {"before":[{"type":"Standard"}]}`, `{type: Sidecar}`,
		`{"dependsOn":[{"container":"certs","condition":"Succeeded","optional":true}],"before":[{"container":"web"},{` +
			`"type":"Standard"}],"stopTimeoutSeconds":5}`,
		"dependsOn:\n- container: certs\n  condition: Ready\nbefore: ['*']\nstopTimeoutSeconds: 1_0\n", "<<: {type: Sidecar}",
		`{"before":[{"container":"\ud83d\ude00"},{"container":"\u007f"},{` +
			`"container":"\/"}]}`, "{\"before\":[{\"container\":\"\x7f\"}]}", "before: [\"\\x7f\"]", `{"stopTimeoutSeconds":1e1}`,
		"\ufeff{}", "{}\u2028---\u2028{}", "%YAML 1.1\n---\n{}", "? {}\n: {}", "type: !!binary U2lkZWNhcg==", "before: [2026-11-22, 0x10, .inf]",
		strings.Repeat("[", 200), strings.Repeat("- ", 200), strings.Repeat("{a: ", 100), strings.Repeat("? ", 200), strings.Repeat("[a, ", 100),
		"{" + strings.Repeat("! a: ! '',", 80), "x: &x [web]\nbefore: [*x, *x]", "%TAG ! tag:x,\n---\n[!a b]", `{"dependsOn":[{},{},{}]}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		pod := newPod().container("app", "-").container("certs", "-").annotate("app", text).pod
		expectAllocs(t, "decode", decodeLimit(text), func() { decode(text) })
		if _, err := ForPod(pod, podFields); err != nil && len(err.Error()) > MaxTextBytes {
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
		plan, errs := FromPod(pod, podFields)
		for _, err := range errs {
			if message := err.Error(); len(message) > MaxTextBytes || strings.Contains(message, "\n") ||
				utf8.ValidString(text) && !utf8.ValidString(message) {
				t.Errorf("the message is too long, not one line or not valid text: %q", message)
			}
		}
		if len(errs) > 0 {
			return
		}
		want := plan.Containers[0].Lifecycle
		if want == nil {
			t.Fatal("no problem and no Lifecycle")
		}
		encoded, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got, problems := decode(string(encoded))
		if len(problems) > 0 {
			t.Fatalf("%s: %v", encoded, problems)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", encoded, diff)
		}
	})
}

// FuzzParsePlan: for any text, parsing and building do not panic. An accepted plan belongs to this pod, and can be encoded
// and parsed again, normalized. Parsing allocates a small multiple of the text's length.
func FuzzParsePlan(f *testing.F) {
	for _, text := range []string{
		``, `null`, `{}`, `[]`, `{"podUID":"uid"}`, `{"podUID":"other"}`, `{"podUID":"uid","containers":[{}]}`,
		`{"podUID":"uid","containers":[{"name":"a"},{"name":"a"}],"initContainers":[{"name":"a","native":true}]}`,
		`{"podUID":"uid","gracePeriodSeconds":30,"restartPolicy":"Never","containers":[` +
			`{"name":"app","lifecycle":{"dependsOn":[{"container":"certs","condition":"Succeeded"}]}},` +
			`{"name":"certs","restartPolicy":"OnFailure","postStart":true,"lifecycle":{"type":"Sidecar","before":[{"type":"Standard",` +
			`"condition":"None"}],"preStopTiming":"AtTermination","stopTimeoutSeconds":5}}],` +
			`"initContainers":[{"name":"mesh","native":true}]}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		expectAllocs(t, "ParsePlan", allocsOfAny+allocsPerByte*len(text), func() { _, _ = ParsePlan(text, "uid") })
		plan, err := ParsePlan(text, "uid")
		if err != nil {
			return
		}
		if plan.PodUID != "uid" {
			t.Fatalf("ParsePlan() returned the plan of pod %q", plan.PodUID)
		}
		encoded, err := plan.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if size := plan.normalized().size(); size < len(encoded) {
			t.Errorf("size() = %d of a plan of %d bytes", size, len(encoded))
		}
		again, err := ParsePlan(encoded, "uid")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(plan.normalized(), again, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", encoded, diff)
		}
		if graph, err := New(plan); err == nil {
			_ = graph.String()
			_ = graph.StopStages(allRun)
			_ = graph.StopSchedule(time.Minute, time.Minute, allRun)
			_ = graph.Decide(PodObservation{})
		}
	})
}
