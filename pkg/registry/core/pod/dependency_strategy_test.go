// SPDX-License-Identifier: Apache-2.0

package pod

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	featuregatetesting "k8s.io/component-base/featuregate/testing"
	"k8s.io/utils/ptr"

	podtest "k8s.io/kubernetes/pkg/api/pod/testing"
	api "k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/features"
)

func orderedPod(app api.Lifecycle) *api.Pod {
	return podtest.MakePod("pod", podtest.SetResourceVersion("1"), podtest.SetContainers(
		podtest.MakeContainer("proxy", podtest.SetContainerLifecycle(api.Lifecycle{Type: ptr.To(api.LifecycleTypeSidecar)})),
		podtest.MakeContainer("app", podtest.SetContainerLifecycle(app))))
}

func requestContext(subresource string) context.Context {
	ctx := genericapirequest.WithNamespace(genericapirequest.NewContext(), "default")
	return genericapirequest.WithRequestInfo(ctx, &genericapirequest.RequestInfo{APIVersion: "v1", Resource: "pods", Subresource: subresource})
}

// TestContainerDependenciesCreate follows the path of a create request: an invalid order is answered with a 422, unless the
// gate is off and the fields are dropped before validation.
func TestContainerDependenciesCreate(t *testing.T) {
	unknown := api.Lifecycle{DependsOn: []api.ContainerDependency{{Container: "none", Condition: api.ContainerDependencyReady}}}
	known := api.Lifecycle{DependsOn: []api.ContainerDependency{{Container: "proxy", Condition: api.ContainerDependencyReady}}}
	ctx := requestContext("")
	create := func(t *testing.T, enabled bool, app api.Lifecycle, annotations map[string]string) (*api.Pod, error) {
		featuregatetesting.SetFeatureGateDuringTest(t, utilfeature.DefaultFeatureGate, features.ContainerDependencies, enabled)
		pod := orderedPod(app)
		pod.ResourceVersion, pod.Annotations = "", annotations
		rest.FillObjectMetaSystemFields(pod)
		return pod, rest.BeforeCreate(Strategy, ctx, pod)
	}
	t.Run("valid", func(t *testing.T) {
		pod, err := create(t, true, known, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&known, pod.Spec.Containers[1].Lifecycle); diff != "" {
			t.Errorf("lifecycle (-want +got):\n%s", diff)
		}
	})
	t.Run("invalid", func(t *testing.T) {
		if _, err := create(t, true, unknown, nil); !apierrors.IsInvalid(err) {
			t.Errorf("error %v, want one of code 422", err)
		}
	})
	t.Run("an annotation that contradicts the field", func(t *testing.T) {
		if _, err := create(t, true, known, map[string]string{"container.lifecycle.alpha.kubernetes.io/app": "{}"}); !apierrors.IsInvalid(err) {
			t.Errorf("error %v, want one of code 422", err)
		}
	})
	t.Run("invalid, with the gate off", func(t *testing.T) {
		pod, err := create(t, false, unknown, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range pod.Spec.Containers {
			if c.Lifecycle != nil {
				t.Errorf("container %s still has %+v", c.Name, c.Lifecycle)
			}
		}
	})
}

// TestContainerDependenciesSubresources: with the gate on or off, the status, the ephemeral containers and the resources of a
// pod can be updated. No such update changes the order of its containers.
func TestContainerDependenciesSubresources(t *testing.T) {
	order := api.Lifecycle{DependsOn: []api.ContainerDependency{{Container: "proxy", Condition: api.ContainerDependencyReady}}}
	edited := api.Lifecycle{DependsOn: []api.ContainerDependency{{Container: "proxy", Condition: api.ContainerDependencyStarted}}}
	for name, strategy := range map[string]rest.RESTUpdateStrategy{
		"status": StatusStrategy, "ephemeralcontainers": EphemeralContainersStrategy, "resize": ResizeStrategy,
	} {
		for _, enabled := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				featuregatetesting.SetFeatureGateDuringTest(t, utilfeature.DefaultFeatureGate, features.ContainerDependencies, enabled)
				old, pod := orderedPod(order), orderedPod(edited)
				if err := rest.BeforeUpdate(strategy, requestContext(name), pod, old); err != nil {
					t.Fatalf("gate %t: %v", enabled, err)
				}
				if diff := cmp.Diff(orderedPod(order).Spec.Containers, pod.Spec.Containers); diff != "" {
					t.Errorf("gate %t: containers (-want +got):\n%s", enabled, diff)
				}
			})
		}
	}
	for _, enabled := range []bool{true, false} {
		t.Run("the pod itself", func(t *testing.T) {
			featuregatetesting.SetFeatureGateDuringTest(t, utilfeature.DefaultFeatureGate, features.ContainerDependencies, enabled)
			if err := rest.BeforeUpdate(Strategy, requestContext(""), orderedPod(order), orderedPod(order)); err != nil {
				t.Errorf("gate %t: %v", enabled, err)
			}
			if err := rest.BeforeUpdate(Strategy, requestContext(""), orderedPod(edited), orderedPod(order)); !apierrors.IsInvalid(err) {
				t.Errorf("gate %t: error %v, want one of code 422", enabled, err)
			}
		})
	}
}
