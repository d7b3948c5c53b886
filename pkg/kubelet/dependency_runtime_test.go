// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	featuregatetesting "k8s.io/component-base/featuregate/testing"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/features"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/kuberuntime"
	"k8s.io/kubernetes/pkg/kubelet/pleg"
	kubepod "k8s.io/kubernetes/pkg/kubelet/pod"
	"k8s.io/kubernetes/pkg/kubelet/prober"
)

// awaitedProbes is a probe manager that records the awaited probes.
type awaitedProbes struct {
	prober.Manager
	awaited map[string]dependency.Condition
}

func (a *awaitedProbes) AwaitProbes(_ context.Context, _ types.UID, awaited map[string]dependency.Condition) {
	a.awaited = awaited
}

// requestedRelists is a PLEG that records the requests to it.
type requestedRelists struct {
	pleg.PodLifecycleEventGenerator
	requests []string
}

func (r *requestedRelists) RequestSync(uid types.UID) {
	r.requests = append(r.requests, "sync "+string(uid))
}

func (r *requestedRelists) RequestRelist(_ klog.Logger, uid types.UID) {
	r.requests = append(r.requests, "relist "+string(uid))
}

// The relist finds the request, and so causes a sync with a newer status. A pod that is gone would never be inspected, and its request
// kept for ever.
func TestDependencyRequestPodSync(t *testing.T) {
	relists := &requestedRelists{}
	kl := &Kubelet{pleg: relists, podManager: kubepod.NewBasicPodManager()}
	kl.podManager.AddPod(&v1.Pod{ObjectMeta: metav1.ObjectMeta{UID: "known"}})
	for _, uid := range []types.UID{"known", "gone"} {
		kl.RequestPodSync(context.Background(), uid)
	}
	if diff := cmp.Diff([]string{"sync known", "relist known"}, relists.requests); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// skipping is a runtime that skips one relist.
type skipping struct {
	kuberuntime.Orderer
	kubecontainer.Runtime
	skips types.UID
}

func (s *skipping) SkipPostSyncRelist(uid types.UID) bool { return uid == s.skips }

// The relist after a sync is left out if no sync needs it. One that is asked for because of a change never is.
func TestDependencyRelistAfterSync(t *testing.T) {
	relists := &requestedRelists{}
	kl := &Kubelet{pleg: relists, containerRuntime: &skipping{skips: "skipped"}}
	for _, uid := range []types.UID{"skipped", "other"} {
		kl.RequestPodRelist(klog.Background(), uid)
	}
	kl.RequestRelist(klog.Background(), "skipped")
	if diff := cmp.Diff([]string{"relist other", "relist skipped"}, relists.requests); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Cluster admins can turn extra probes off.
func TestDependencyEagerProbesGate(t *testing.T) {
	want := map[string]dependency.Condition{"proxy": dependency.Ready}
	for name, on := range map[string]bool{"on": true, "off": false} {
		t.Run(name, func(t *testing.T) {
			featuregatetesting.SetFeatureGateDuringTest(t, utilfeature.DefaultFeatureGate, features.ContainerDependencyEagerProbes, on)
			probes := &awaitedProbes{}
			kl := &Kubelet{probeManager: probes}
			kl.AwaitProbes(context.Background(), "uid", want)
			if on != cmp.Equal(want, probes.awaited) {
				t.Errorf("awaited: %v", probes.awaited)
			}
		})
	}
}
