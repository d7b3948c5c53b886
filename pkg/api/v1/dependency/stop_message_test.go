// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestStopMessage(t *testing.T) {
	chain := func() *podBuilder {
		return newPod().container("app", `{"dependsOn":[{"container":"proxy"}]}`).
			container("proxy", `{"dependsOn":[{"container":"certs"}]}`).container("certs", "{}")
	}
	fan := newPod().container("app", "{}")
	var fanNames []string
	for i := range 14 {
		fanNames = append(fanNames, fmt.Sprintf("s%02d", i))
		fan.container(fanNames[i], `{"type":"Sidecar"}`)
	}
	for name, tt := range map[string]struct {
		pod           *podBuilder
		stopped, told []string
		want          string
	}{
		"the first of a chain": {
			pod:  chain(),
			told: []string{"app"},
			want: `stopping "app"; "proxy" waits for "app"; "certs" waits for "app", "proxy"`,
		},
		"the second": {
			pod:     chain(),
			stopped: []string{"app"},
			told:    []string{"app", "proxy"},
			want:    `stopping "proxy"; "certs" waits for "proxy"`,
		},
		"the last": {
			pod:     chain(),
			stopped: []string{"app", "proxy"},
			told:    []string{"app", "proxy", "certs"},
			want:    `stopping "certs"`,
		},
		"an exited middle": {
			pod:     chain(),
			stopped: []string{"proxy"},
			told:    []string{"app"},
			want:    `stopping "app"; "certs" waits for "app"`,
		},
		"all have stopped":      {pod: chain(), stopped: []string{"app", "proxy", "certs"}},
		"one whose turn is now": {pod: chain(), stopped: []string{"app", "proxy"}, want: ""},
		"native sidecars wait, too": {
			pod:  newPod().native("mesh").container("app", "{}"),
			told: []string{"app"},
			want: `stopping "app"; "mesh" waits for "app"`,
		},
		"independent containers": {
			pod:  newPod().container("b", "{}").container("a", "{}"),
			told: []string{"a", "b"},
			want: `stopping "a", "b"`,
		},
		"more that stop than the limit": {
			pod:  fan,
			told: append([]string{"app"}, fanNames[:12]...),
			want: `stopping "app", "s00", "s01", "s02" and 9 more; "s12" waits for "app"; "s13" waits for "app"`,
		},
		"nobody waits for more that stop than the limit": {
			pod:     fan,
			stopped: []string{"app"},
			told:    fanNames,
			want:    `stopping "s00", "s01", "s02", "s03", "s04", "s05", "s06", "s07" and 6 more`,
		},
		"more that block one than the limit": {
			pod:  newPod().native("mesh").container("app", "{}").container("a", "{}").container("b", "{}").container("c", "{}").container("d", "{}"),
			told: []string{"app", "a", "b", "c", "d"},
			want: `stopping "a", "app", "b", "c" and 1 more; "mesh" waits for "a", "app", "b", "c", "d"`,
		},
		"more names than the limit": {
			pod:  fan,
			told: []string{"app"},
			want: `stopping "app"; "s00" waits for "app"; ` + waits("s", 1, 7) + `7 more wait`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			graph, err := ForPod(tt.pod.pod, podFields)
			if err != nil {
				t.Fatal(err)
			}
			got := graph.StopMessage(
				func(name string) bool { return !slices.Contains(tt.stopped, name) },
				func(name string) bool { return slices.Contains(tt.told, name) },
			)
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func waits(prefix string, from, to int) string {
	var text strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&text, `"%s%02d" waits for "app"; `, prefix, i)
	}
	return text.String()
}
