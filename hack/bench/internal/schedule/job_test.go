// SPDX-License-Identifier: Apache-2.0

package schedule

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/bench/internal/shape"
	"kubelet-ordering/hack/internal/jsonfile"
)

func TestJobTravels(t *testing.T) {
	c := shape.Case{Kind: shape.Chain, Size: 4, WarmUp: 300 * time.Millisecond, Period: 10}
	tests := map[string]Job{
		"pods":    {Round: 2, Subject: result.Ours, Pods: &Pods{Style: shape.Annotations, InTurn: []shape.Case{c}}},
		"runtime": {Subject: result.Runtime, Runtime: []int{1, 5}},
		"crowd": {
			Subject: result.Pristine, Crowd: &Crowd{Style: shape.Unordered, Pods: 9, Rest: time.Minute},
			Progress: Progress{Title: "t", Begin: time.Date(2026, 11, 24, 17, 0, 0, 0, time.UTC)},
		},
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "job")
			if err := jsonfile.Write(path, want); err != nil {
				t.Fatal(err)
			}
			got, err := jsonfile.Read[Job](path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
