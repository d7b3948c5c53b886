// SPDX-License-Identifier: Apache-2.0

package pods

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// sidecar is the metadata of a pod whose container s is a Sidecar.
const sidecar = `metadata: {namespace: ns, name: p, annotations: {container.lifecycle.alpha.kubernetes.io/s: '{"type": "Sidecar"}'}}
`

// job has a working container and a Sidecar that is always restarted.
const job = sidecar + `spec:
  restartPolicy: Never
  containers: [{name: w, image: i}, {name: s, image: i, restartPolicy: Always}]
`

// service never ends.
const service = sidecar + `spec:
  restartPolicy: Always
  containers: [{name: w, image: i}, {name: s, image: i, restartPolicy: OnFailure}]
`

func running(names ...string) string {
	text := "status:\n  phase: Running\n  conditions: [{type: Ready, status: 'True'}]\n  containerStatuses:\n"
	for _, name := range names {
		text += "  - {name: " + name + ", state: {running: {}}}\n"
	}
	return text
}

func TestOf(t *testing.T) {
	waiting := func(name string) string {
		return "  - {name: " + name + ", state: {waiting: {reason: WaitingForDependencies}}}\n"
	}
	exited := func(name, code string) string {
		return "  - {name: " + name + ", state: {terminated: {exitCode: " + code + "}}}\n"
	}
	tests := map[string]struct {
		pod          string
		hang, change string
	}{
		"without an order": {pod: "metadata: {name: p}\nspec: {restartPolicy: Never, containers: [{name: w, image: i}]}\n" + running("w")},
		"a Job": {
			pod:  strings.Replace(job, "name: p,", "name: p, ownerReferences: [{controller: true, kind: Job, name: report}],", 1) + running("w", "s"),
			hang: `ns/p: the pod of Job "report" would not end: nothing stops its Sidecars s when the work is done`,
		},
		"a bare pod":                  {pod: job + running("w", "s"), hang: "ns/p: the pod would not end"},
		"its work is done":            {pod: job + running("s") + exited("w", "0"), hang: "would not end"},
		"its Sidecar is in back-off":  {pod: job + running("w") + exited("s", "1"), hang: "would not end"},
		"its Sidecar has not started": {pod: job + running("w"), hang: "would not end"},
		"a bootstrap that has ended": {
			pod: strings.Replace(job, "restartPolicy: Always", "restartPolicy: OnFailure", 1) + running("w") + exited("s", "0"),
			// The pod ends when its work does.
			change: "would become unready, because s has finished",
		},
		"a bootstrap that runs again": {
			pod:  strings.Replace(job, "restartPolicy: Always", "restartPolicy: OnFailure", 1) + running("w") + exited("s", "1"),
			hang: "would not end",
		},
		"the work is always restarted": {
			pod: strings.NewReplacer("{name: w, image: i}", "{name: w, image: i, restartPolicy: Always}").Replace(job) + running("w", "s"),
		},
		"it is over":        {pod: job + "status: {phase: Succeeded}\n"},
		"it is being ended": {pod: strings.Replace(job, "name: p,", "name: p, deletionTimestamp: '2026-11-26T00:00:00Z',", 1) + running("w", "s")},
		"a service":         {pod: service + running("w", "s")},
		"a service that waits": {
			pod: service + running("s") + waiting("w"), change: "ns/p: w would start at once",
		},
		"a service whose bootstrap is done": {
			pod: service + running("w") + exited("s", "0"), change: "would become unready, because s has finished",
		},
		"a native sidecar": {
			pod: `metadata: {name: p, annotations: {container.lifecycle.alpha.kubernetes.io/s: '{"type": "Sidecar"}'}}
spec:
  restartPolicy: Never
  containers: [{name: w, image: i}]
  initContainers: [{name: s, image: i, restartPolicy: Always}]
` + running("w"),
		},
		"by the field": {
			pod: `metadata: {namespace: ns, name: p}
spec:
  restartPolicy: OnFailure
  containers: [{name: w, image: i}, {name: s, image: i, restartPolicy: Always, lifecycle: {type: Sidecar, preStop: {sleep: {seconds: 1}}}}]
` + running("w", "s"),
			hang: "would not end",
		},
		"only a hook": {
			pod: `metadata: {namespace: ns, name: p}
spec:
  restartPolicy: Never
  containers: [{name: w, image: i, lifecycle: {preStop: {sleep: {seconds: 1}}}}]
` + running("w"),
		},
		"invalid": {
			pod:  strings.Replace(job, `{"type": "Sidecar"}`, `{"type": "Car"}`, 1) + running("w", "s"),
			hang: "has an invalid order", change: "would start without one",
		},
		"it selects the label": {
			pod:    strings.Replace(service, "spec:\n", "spec:\n  nodeSelector: {"+Label+": 'true'}\n", 1) + running("w", "s"),
			change: "is ended when the kubelet restarts next",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			pod, err := yaml.YAMLToJSON([]byte(test.pod))
			if err != nil {
				t.Fatal(err)
			}
			list, err := json.Marshal(map[string]any{"items": []json.RawMessage{pod}})
			if err != nil {
				t.Fatal(err)
			}
			found, err := Of(list)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, "hang", found.Hang, test.hang)
			compare(t, "change", found.Change, test.change)
		})
	}
}

func compare(t *testing.T, what string, got []Finding, want string) {
	t.Helper()
	if (len(got) > 0) != (want != "") || len(got) > 1 || want != "" && !strings.Contains(got[0].String(), want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func TestOfSeveral(t *testing.T) {
	list := []byte(`{"items": []}`)
	if found, err := Of(list); err != nil || !cmp.Equal(found, Findings{}) {
		t.Errorf("no pods: got %+v, %v", found, err)
	}
	if _, err := Of([]byte("no list")); err == nil {
		t.Error("want an error for what is no list")
	}
}
