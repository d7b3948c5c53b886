// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"maps"
	"sync"
	"time"

	kubetypes "k8s.io/apimachinery/pkg/types"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// getSandboxes notes which sandboxes have a pinned plan. The kubelet lists all sandboxes before it does anything else,
// and then once a second, so a stop knows the plan of its sandbox without a call that upstream does not make.
//
//upstream:wrap (*kubeGenericRuntimeManager).getSandboxes body=46d3acdee2b92729
func (m *kubeGenericRuntimeManager) getSandboxes(ctx context.Context, opts listOptions) ([]*runtimeapi.PodSandbox, error) {
	began := time.Now()
	sandboxes, err := m.upstreamGetSandboxes(ctx, opts)
	if err == nil && ordering.Enabled() {
		m.pinned.published.Do(m.publishOrders)
		m.pinned.list(sandboxes, opts == listOptions{}, began)
	}
	return sandboxes, err
}

// pinnedPlans has the plans of the node's sandboxes, as the runtime last listed them. It is no larger than the runtime's
// own list. The zero value is ready for use.
type pinnedPlans struct {
	published sync.Once
	lock      sync.Mutex
	plans     map[string]pinnedPlan
}

// pinnedPlan is the encoded plan of a sandbox.
type pinnedPlan struct {
	podUID kubetypes.UID
	text   string
	// seen is when the runtime last reported it.
	seen time.Time
	// ready means that the sandbox is ready, stopped is when its containers were last stopped.
	ready   bool
	stopped time.Time
	// created is when the sandbox was created, in nanoseconds.
	created int64
}

// sandboxStopTime is how long a sandbox whose containers have been stopped may still be ready. One that is ready for longer
// is in use again.
const sandboxStopTime = 10 * time.Second

// list notes the plans of the listed sandboxes. If all sandboxes are listed, it forgets the others, except those that have
// been seen since the listing began.
func (p *pinnedPlans) list(sandboxes []*runtimeapi.PodSandbox, all bool, began time.Time) {
	p.lock.Lock()
	defer p.lock.Unlock()
	now := time.Now()
	for _, s := range sandboxes {
		if text := s.GetAnnotations()[ordering.PinnedPlanAnnotation]; text != "" && s.Metadata != nil {
			p.see(s.Id, pinnedPlan{podUID: kubetypes.UID(s.Metadata.Uid), text: text, seen: now, created: s.CreatedAt,
				ready: s.State == runtimeapi.PodSandboxState_SANDBOX_READY})
		}
	}
	if all {
		maps.DeleteFunc(p.plans, func(_ string, plan pinnedPlan) bool { return plan.seen.Before(began) })
	}
}

// see notes a plan. The caller must hold the lock.
func (p *pinnedPlans) see(sandboxID string, plan pinnedPlan) {
	if p.plans == nil {
		p.plans = map[string]pinnedPlan{}
	}
	if last, known := p.plans[sandboxID]; known {
		if plan.stopped = last.stopped; last.text == plan.text {
			// The same text again: keep one copy of it.
			plan.text = last.text
		}
	}
	p.plans[sandboxID] = plan
}

// of returns the plan of a sandbox, or "".
func (p *pinnedPlans) of(sandboxID string) string {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.plans[sandboxID].text
}

// ofReady returns the plan of the newest ready sandbox of the pod that has one, or "".
func (p *pinnedPlans) ofReady(podUID kubetypes.UID) string {
	p.lock.Lock()
	defer p.lock.Unlock()
	var newest pinnedPlan
	for _, plan := range p.plans {
		if plan.podUID == podUID && plan.ready && (newest.text == "" || plan.created > newest.created) {
			newest = plan
		}
	}
	return newest.text
}

// has reports whether any sandbox of the pod has a plan.
func (p *pinnedPlans) has(podUID kubetypes.UID) bool {
	p.lock.Lock()
	defer p.lock.Unlock()
	for _, plan := range p.plans {
		if plan.podUID == podUID {
			return true
		}
	}
	return false
}

// runs reports whether containers of the pod may run in a sandbox that has a plan.
func (p *pinnedPlans) runs(podUID kubetypes.UID) bool {
	p.lock.Lock()
	defer p.lock.Unlock()
	for _, plan := range p.plans {
		if plan.podUID == podUID && plan.ready && time.Since(plan.stopped) > sandboxStopTime {
			return true
		}
	}
	return false
}

// stop records that the containers of the pod's sandboxes have been stopped.
func (p *pinnedPlans) stop(podUID kubetypes.UID) {
	p.lock.Lock()
	defer p.lock.Unlock()
	for id, plan := range p.plans {
		if plan.podUID == podUID {
			plan.stopped = time.Now()
			p.plans[id] = plan
		}
	}
}
