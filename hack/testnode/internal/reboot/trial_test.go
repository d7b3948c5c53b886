// SPDX-License-Identifier: Apache-2.0

package reboot

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	v1 "k8s.io/api/core/v1"
)

func TestAllUp(t *testing.T) {
	isReady := v1.PodStatus{Conditions: []v1.PodCondition{{Type: v1.PodReady, Status: v1.ConditionTrue}}}
	ended := func(code int32) v1.PodStatus {
		status := *isReady.DeepCopy()
		status.ContainerStatuses = []v1.ContainerStatus{{
			Name: "certs", State: v1.ContainerState{Terminated: &v1.ContainerStateTerminated{ExitCode: code}}}}
		return status
	}
	tests := map[string]struct {
		mission, secured v1.PodStatus
		problem          string
	}{
		"all":                         {mission: isReady, secured: ended(0)},
		"one is not Ready":            {secured: ended(0), problem: `pod "mission" is not Ready`},
		"the bootstrap has not ended": {mission: isReady, secured: isReady, problem: `"certs" of pod "secured" has not succeeded`},
		"the bootstrap has failed":    {mission: isReady, secured: ended(1), problem: `"certs" of pod "secured" has not succeeded`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			shown := Pods("/stage")
			shown[0].Status, shown[1].Status = test.mission, test.secured
			err := ask(t, shown)
			if test.problem == "" && err == nil {
				return
			}
			if err == nil || test.problem == "" || !strings.Contains(err.Error(), test.problem) {
				t.Errorf("got %v, want %q", err, test.problem)
			}
		})
	}
	if err := ask(t, Pods("/stage")[:1]); err == nil || !strings.Contains(err.Error(), "has 1 pods, want 2") {
		t.Errorf("a pod is missing: got %v", err)
	}
}

// ask calls allUp with a kubelet that shows these pods.
func ask(t *testing.T, shown []*v1.Pod) error {
	t.Helper()
	kubelet := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		list := v1.PodList{}
		for _, pod := range shown {
			list.Items = append(list.Items, *pod)
		}
		_ = json.NewEncoder(w).Encode(list)
	}))
	defer kubelet.Close()
	return allUp(context.Background(), kubelet.URL, Pods("/stage"))
}
