// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"testing"
	"time"

	"kubelet-ordering/cmd/kubectl-order/internal/fakeapi"
)

// recordedAt is when the objects of testdata/recorded were read: pods, their events and their node, as a stock API server and our kubelet
// had written them. What they do not need was left out: managed fields, volumes of service accounts, tolerations, IDs of the machine.
var recordedAt = time.Date(2026, 11, 26, 13, 1, 40, 0, time.UTC)

// TestRecorded asks about pods in every state, as a real cluster has them.
func TestRecorded(t *testing.T) {
	t.Setenv("COLUMNS", "100")
	before := now
	now = func() time.Time { return recordedAt }
	t.Cleanup(func() { now = before })
	all := objects(t, "testdata/recorded")
	pods := 0
	for _, o := range all {
		if o.GetKind() != "Pod" {
			continue
		}
		pods++
		name := o.GetName()
		t.Run(name, func(t *testing.T) {
			text := ""
			for _, command := range []string{"why", "timeline", "critical-chain", "plan"} {
				text += "$ kubectl order " + command + " " + name + "\n" + run(t, &fakeapi.Server{Objects: all}, "", command, name).all()
			}
			checkGolden(t, "recorded-"+name+".txt", text)
		})
	}
	if pods == 0 {
		t.Error("nothing is recorded")
	}
	t.Run("lint", func(t *testing.T) {
		checkGolden(t, "recorded-lint.txt", run(t, &fakeapi.Server{Objects: all}, "", "lint").all())
	})
}
