// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	apitest "k8s.io/cri-api/pkg/apis/testing"

	"k8s.io/kubernetes/test/utils/ordercheck"
)

// simWorld shows the fake runtime to the checker.
type simWorld struct{ s *simulation }

func (w simWorld) Now() time.Time { return time.Now() }

func (w simWorld) Sandbox() string {
	w.s.runtime.FakeRuntimeService.Lock()
	defer w.s.runtime.FakeRuntimeService.Unlock()
	var newest *apitest.FakePodSandbox
	for _, sandbox := range w.s.runtime.Sandboxes {
		if newest == nil || sandbox.CreatedAt > newest.CreatedAt {
			newest = sandbox
		}
	}
	if newest != nil && newest.State == runtimeapi.PodSandboxState_SANDBOX_READY {
		return newest.Id
	}
	return ""
}

// Records returns the fake runtime's records. After the start of a container the clock may jump, but not that of the test.
func (w simWorld) Records() []*ordercheck.Record {
	var records []*ordercheck.Record
	for _, c := range w.s.runtime.records() {
		r := &ordercheck.Record{ID: c.Id, Name: c.Metadata.Name, Sandbox: c.SandboxID, ExitCode: c.ExitCode}
		switch c.State {
		case runtimeapi.ContainerState_CONTAINER_RUNNING:
			r.State = ordercheck.Running
		case runtimeapi.ContainerState_CONTAINER_EXITED:
			r.State = ordercheck.Exited
		}
		if c.StartedAt > 0 {
			r.StartedAt = time.Unix(0, c.StartedAt).Add(w.s.jumped[c.Id])
		}
		if c.FinishedAt > 0 {
			r.FinishedAt = time.Unix(0, c.FinishedAt)
		}
		records = append(records, r)
	}
	return records
}

// newest returns the newest record of each container.
func (s *simulation) newest() map[string]*apitest.FakeContainer {
	newest := map[string]*apitest.FakeContainer{}
	for _, c := range s.runtime.records() {
		if newest[c.Metadata.Name] == nil {
			newest[c.Metadata.Name] = c
		}
	}
	return newest
}
