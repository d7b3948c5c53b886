// SPDX-License-Identifier: Apache-2.0

package traces

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"kubelet-ordering/internal/facts"
)

// one writes a document with a span.
func one(name, begin, end, attributes string) string {
	return fmt.Sprintf(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"spanId":"1","name":%q,"startTimeUnixNano":%s,"endTimeUnixNano":%s,
		"attributes":[%s]}]}]}]}`, name, begin, end, attributes)
}

const ofPod = `{"key":"k8s.pod.uid","value":{"stringValue":"u"}},{"key":"k8s.container.name","value":{"stringValue":"app"}}`

func TestRead(t *testing.T) {
	tests := map[string]struct {
		text string
		want int
		err  string
	}{
		"nothing":             {},
		"times as texts":      {text: one(start, `"1"`, `"2"`, ofPod), want: 1},
		"times as numbers":    {text: one(start, "1", "2", ofPod), want: 1},
		"several documents":   {text: one(start, "1", "2", ofPod) + "\n" + one(stop, "1", "2", ofPod), want: 2},
		"other spans":         {text: one("syncPod", "1", "2", ofPod)},
		"an end before":       {text: one(start, "2", "1", ofPod)},
		"no times":            {text: one(start, `"soon"`, "1", ofPod), err: "no number of nanoseconds"},
		"a number with a dot": {text: one(start, "1.5", "2", ofPod), err: "no number of nanoseconds"},
		"no JSON":             {text: "kind: Pod", err: "invalid character"},
		"cut off":             {text: one(start, "1", "2", ofPod)[:40], err: "unexpected EOF"},
		"deep":                {text: strings.Repeat(`{"a":[`, 100000), err: "exceeded max depth"},
		"other attributes":    {text: one(start, "1", "2", `{"key":"k8s.pod.uid","value":{"intValue":"7"}}`), want: 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			spans, err := read(strings.NewReader(tt.text))
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v", err)
			}
			if err == nil && len(spans) != tt.want {
				t.Errorf("%d spans", len(spans))
			}
		})
	}
}

func TestTooManySpans(t *testing.T) {
	text := `{"resourceSpans":[{"scopeSpans":[{"spans":[` + strings.TrimSuffix(strings.Repeat(`{"name":"ordering.start"},`, maxSpans+1), ",") + `]}]}]}`
	if _, err := read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("error %v", err)
	}
}

var zero = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func at(seconds float64) time.Time { return zero.Add(time.Duration(seconds * float64(time.Second))) }

// TestApply gives a run that a status has in whole seconds the times of spans.
func TestApply(t *testing.T) {
	pod := func() *facts.Pod {
		app := &facts.Container{Traits: facts.Traits{Name: "app", PreStop: true}, Waits: []facts.Wait{{From: at(0), Reason: "WaitingForDependencies"}}}
		app.Runs = []*facts.Run{{Record: facts.Record{ID: "2", Name: "app", Created: at(4), Started: at(4), Finished: at(9)}}}
		db := &facts.Container{Traits: facts.Traits{Name: "db", Readiness: true}, Ready: []facts.Turn{{Run: "1", At: at(4), On: true}}}
		db.Runs = []*facts.Run{{Record: facts.Record{ID: "1", Name: "db", Created: at(1), Started: at(1)}}}
		return &facts.Pod{Begin: at(0), Containers: []*facts.Container{db, app}}
	}
	spans := []Span{
		{Name: start, ID: "a", Container: "db", Begin: at(0.5), End: at(1.4)}, {Name: startCall, Parent: "a", Begin: at(1.1), End: at(1.3)},
		{Name: wait, Container: "app", WaitedFor: []string{"db", "unknown"}, Begin: at(0.2), End: at(3.9)},
		{Name: start, ID: "b", Container: "app", Begin: at(4), End: at(4.6)},
		{Name: stop, Container: "app", Begin: at(8.1), End: at(9.7)}, {Name: hookSpan, Container: "app", Begin: at(8.2), End: at(8.8)},
		{Name: start, ID: "c", Container: "app", Begin: at(40), End: at(41)}, {Name: stop, Container: "unknown", Begin: at(1), End: at(2)},
	}
	f := pod()
	if used := Apply(f, nil, spans); used != 5 {
		t.Errorf("%d spans are used", used)
	}
	want := pod()
	db, app := want.Containers[0], want.Containers[1]
	db.Runs[0].Created, db.Runs[0].Started, db.Ready[0].At = at(0.5), at(1.3), at(3.9)
	app.Waits[0].From = at(0.2)
	app.Runs[0].Created, app.Runs[0].Started = at(4), at(4.6)
	app.Runs[0].Told, app.Runs[0].HookBegan, app.Runs[0].HookEnded, app.Runs[0].Signalled = at(8.1), at(8.2), at(8.8), at(8.8)
	app.Runs[0].Finished = at(9.7)
	if diff := cmp.Diff(want, f); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
}

func TestOf(t *testing.T) {
	spans := []Span{
		{ID: "1", Name: start, UID: "u", Pod: "p", Namespace: "n", Begin: at(2)}, {ID: "2", Name: start, UID: "v", Pod: "p", Namespace: "n"},
		{ID: "3", Parent: "1", Name: startCall, Begin: at(3)}, {ID: "4", Parent: "2", Name: startCall}, {ID: "5", Name: wait, UID: "u", Begin: at(1)},
	}
	tests := map[string]struct {
		meta metav1.ObjectMeta
		want string
	}{
		"by UID":          {metav1.ObjectMeta{UID: "u", Name: "p", Namespace: "n"}, "5 1 3"},
		"another":         {metav1.ObjectMeta{UID: "w", Name: "p", Namespace: "n"}, ""},
		"by name, no UID": {metav1.ObjectMeta{Name: "p", Namespace: "n"}, "2 4 1 3"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var ids []string
			for _, s := range Of(spans, &v1.Pod{ObjectMeta: tt.meta}) {
				ids = append(ids, s.ID)
			}
			if diff := cmp.Diff(tt.want, strings.Join(ids, " ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}
