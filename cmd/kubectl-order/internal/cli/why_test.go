// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestWhy(t *testing.T) {
	tests := map[string]string{
		"waiting":     "why mission",
		"held":        "why held",
		"unready":     "why unready",
		"image":       "why image",
		"failed":      "why failed",
		"stopping":    "why stopping",
		"done":        "why done",
		"stock":       "why stock",
		"gate-off":    "why gate-off",
		"running":     "why running",
		"unscheduled": "why unscheduled",
		"saved":       "why -f testdata/saved.yaml",
		"json":        "why unready -o json",
		"template":    "why deployment/web",
		"absent":      "why absent",
	}
	for name, line := range tests {
		t.Run(name, func(t *testing.T) {
			checkGolden(t, "why-"+name+".txt", run(t, cluster(t), "", strings.Fields(line)...).all())
		})
	}
}

// TestWhyWithFewPermissions says what it can.
func TestWhyWithFewPermissions(t *testing.T) {
	api := cluster(t)
	api.Forbidden = []string{"events", "nodes"}
	got := run(t, api, "", "why", "unready")
	if got.code != Found || !strings.Contains(got.out, "its readiness probe has not passed") || !strings.Contains(got.err, "cannot be read") {
		t.Errorf("got %s", got.all())
	}
}

// TestWhyEscapes prints messages that try to write to the terminal.
func TestWhyEscapes(t *testing.T) {
	api := cluster(t)
	evil := "\x1b[2J\u009b31m\u202etxt\r\nroot@host# "
	for _, o := range api.Objects {
		switch {
		case o.GetKind() == "Event":
			_ = unstructured.SetNestedField(o.Object, evil, "message")
		case o.GetName() == "image":
			list, _, _ := unstructured.NestedSlice(o.Object, "status", "containerStatuses")
			_ = unstructured.SetNestedField(list[1].(map[string]any), evil, "state", "waiting", "message")
			_ = unstructured.SetNestedSlice(o.Object, list, "status", "containerStatuses")
		}
	}
	for _, pod := range []string{"image", "unready", "stopping"} {
		got := run(t, api, "", "why", pod)
		if strings.ContainsAny(got.all(), "\x1b\u009b\u202e\r") || !strings.Contains(got.out, `\x1b[2J`) {
			t.Errorf("%s: got %q", pod, got.all())
		}
	}
}
