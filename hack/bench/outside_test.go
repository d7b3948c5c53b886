// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"kubelet-ordering/hack/bench/internal/schedule"
)

func TestGroups(t *testing.T) {
	var got [][]int
	for group := range groups([]schedule.Job{{Round: 1}, {Round: 2}, {Round: 3, Group: 1}, {Round: 4, Group: 1}, {Round: 5, Group: 2}, {Round: 6}}) {
		var rounds []int
		for _, job := range group {
			rounds = append(rounds, job.Round)
		}
		got = append(got, rounds)
	}
	if diff := cmp.Diff([][]int{{1}, {2}, {3, 4}, {5}, {6}}, got); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
}
