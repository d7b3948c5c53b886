// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"net/http"
	"strings"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"kubelet-ordering/hack/bench/internal/shape"
)

func TestGaps(t *testing.T) {
	begin := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	at := func(seconds ...float64) (times []time.Time) {
		for _, s := range seconds {
			times = append(times, begin.Add(time.Duration(s*float64(time.Second))))
		}
		return times
	}
	for name, tt := range map[string]struct {
		series          [][]time.Time
		median, longest time.Duration
	}{
		"regular":      {series: [][]time.Time{at(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)}, median: time.Second, longest: time.Second},
		"one too few":  {series: [][]time.Time{at(1, 2, 3, 5, 6, 7, 8, 9, 10)}, median: time.Second, longest: 2 * time.Second},
		"begins late":  {series: [][]time.Time{at(6, 7, 8, 9, 10)}, median: time.Second, longest: 6 * time.Second},
		"ends early":   {series: [][]time.Time{at(-1, 0, 1, 2, 3)}, median: time.Second, longest: 7 * time.Second},
		"none at all":  {series: [][]time.Time{at(-1)}, median: 10 * time.Second, longest: 10 * time.Second},
		"after a rest": {series: [][]time.Time{at(-3, 1, 4, 7, 10)}, median: 3 * time.Second, longest: 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			if median, longest := gaps(tt.series, begin, begin.Add(10*time.Second)); median != tt.median || longest != tt.longest {
				t.Errorf("got %v and %v, want %v and %v", median, longest, tt.median, tt.longest)
			}
		})
	}
}

func TestAnswers(t *testing.T) {
	a, err := listen()
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + a.address().String()
	response, err := http.Get(base + shape.LivePath + "p")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if a.first(shape.LivePath+"p").IsZero() || !a.first(shape.ReadyPath+"p").IsZero() || len(a.times(shape.LivePath)) != 1 {
		t.Errorf("got %v", a.at)
	}
	time.AfterFunc(10*time.Millisecond, a.close)
	if response, err := http.Get(base + "/hang/p"); err == nil {
		response.Body.Close()
		t.Error("a request that should hang was answered")
	}
}

func TestMissingEvents(t *testing.T) {
	pod := &v1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p-1"}, Spec: v1.PodSpec{Containers: []v1.Container{{Name: "a"}}}}
	line := func(pod, container, reason string) string {
		return `I1126 03:00:00.000000 1 event.go:389] "Event occurred" object="default/` + pod + `" fieldPath="spec.containers{` + container +
			`}" kind="Pod" apiVersion="v1" type="Normal" reason="` + reason + `" message="m"` + "\n"
	}
	all := line("p-1-node", "a", "Pulled") + line("p-1-node", "a", "Created") + line("p-1-node", "a", "Started")
	for name, tt := range map[string]struct {
		log  string
		want int
	}{
		"none":           {want: 3},
		"all":            {log: all},
		"some twice":     {log: line("p-1-node", "a", "Pulled") + line("p-1-node", "a", "Pulled"), want: 2},
		"of others":      {log: line("p-2-node", "a", "Pulled") + line("p-1-node", "b", "Pulled"), want: 3},
		"beside noise":   {log: "noise\n" + strings.Repeat("x", 1<<17) + "\n" + all + line("p-1-node", "a", "Unhealthy")},
		"the last line":  {log: strings.TrimSuffix(all, "\n")},
		"without a head": {log: "something else", want: 3},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := missing(strings.NewReader(tt.log), "node", []*v1.Pod{pod})
			if err != nil || got != tt.want {
				t.Errorf("got %d, %v, want %d", got, err, tt.want)
			}
		})
	}
}
