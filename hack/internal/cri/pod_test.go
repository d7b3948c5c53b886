// SPDX-License-Identifier: Apache-2.0

package cri

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPod(t *testing.T) {
	begin := time.Date(2026, 11, 24, 17, 0, 0, 0, time.UTC)
	at := func(seconds int) time.Time { return begin.Add(time.Duration(seconds) * time.Second) }
	tests := map[string]struct {
		containers []*Container
		starts     map[string]time.Time
		again      string
		last       time.Time
		ended      bool
	}{
		"created only": {
			containers: []*Container{{Name: "a"}},
			starts:     map[string]time.Time{},
		},
		"one is running": {
			containers: []*Container{{Name: "a", Started: at(1), Finished: at(2)}, {Name: "b", Started: at(3)}},
			starts:     map[string]time.Time{"a": at(1), "b": at(3)},
		},
		"all have ended": {
			containers: []*Container{{Name: "a", Started: at(1), Finished: at(9)}, {Name: "b", Started: at(3), Finished: at(4)}},
			starts:     map[string]time.Time{"a": at(1), "b": at(3)}, last: at(9), ended: true,
		},
		"started again": {
			containers: []*Container{{Name: "a", Started: at(5)}, {Name: "a", Started: at(1), Finished: at(2)}},
			starts:     map[string]time.Time{"a": at(1)}, again: "a",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			pod := &Pod{Containers: test.containers}
			if diff := cmp.Diff(test.starts, pod.Starts()); diff != "" {
				t.Errorf("starts (-want +got):\n%s", diff)
			}
			if got := pod.Again(); got != test.again {
				t.Errorf("got %q started again, want %q", got, test.again)
			}
			if last, ended := pod.Ended(); !last.Equal(test.last) || ended != test.ended {
				t.Errorf("got the end %v, %v, want %v, %v", last, ended, test.last, test.ended)
			}
		})
	}
}
