// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"k8s.io/apimachinery/pkg/types"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	featuregatetesting "k8s.io/component-base/featuregate/testing"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/features"
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
