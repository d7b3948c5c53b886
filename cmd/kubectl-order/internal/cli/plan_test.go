// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"strings"
	"testing"
)

func TestPlan(t *testing.T) {
	tests := map[string]string{
		"text":     "plan -f testdata/mission.yaml",
		"deaf":     "plan -f testdata/mission.yaml --deaf web,mesh --grace 20",
		"docs":     "plan -f testdata/web.yaml --grace 10",
		"at-once":  "plan -f testdata/web.yaml --grace 1",
		"natives":  "plan -f testdata/natives.yaml -o yaml",
		"invalid":  "plan -f testdata/wrong.yaml",
		"unknown":  "plan -f testdata/web.yaml --deaf web",
		"negative": "plan -f testdata/web.yaml --grace -3",
	}
	for name, line := range tests {
		t.Run(name, func(t *testing.T) {
			checkGolden(t, "plan-"+name+".txt", run(t, cluster(t), "", strings.Fields(line)...).all())
		})
	}
}
