// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A container that does not run has no stage. The containers before and after it keep their order.
func TestStopStagesOfWhatRuns(t *testing.T) {
	graph, err := ForPod(newPod().native("mesh").native("log").container("app", `{"dependsOn":[{"container":"gone","condition":"Started"}]}`).
		container("gone", `{"dependsOn":[{"container":"disk"}]}`).container("disk", "{}").container("proxy", `{"type":"Sidecar"}`).pod, podFields)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		stopped []string
		want    [][]string
	}{
		"all run":        {want: [][]string{{"app"}, {"gone"}, {"disk"}, {"proxy"}, {"log"}, {"mesh"}}},
		"exited middle":  {stopped: []string{"gone", "log"}, want: [][]string{{"app"}, {"disk"}, {"proxy"}, {"mesh"}}},
		"exited ends":    {stopped: []string{"app", "mesh"}, want: [][]string{{"gone"}, {"disk"}, {"proxy"}, {"log"}}},
		"nothing at all": {stopped: []string{"app", "gone", "disk", "proxy", "log", "mesh"}, want: [][]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			got := graph.StopStages(func(name string) bool { return !slices.Contains(tt.stopped, name) })
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("stages (-want +got):\n%s", diff)
			}
		})
	}
}
