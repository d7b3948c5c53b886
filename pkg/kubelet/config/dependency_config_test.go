// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"strings"
	"testing"

	v1 "k8s.io/api/core/v1"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	featuregatetesting "k8s.io/component-base/featuregate/testing"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/api/v1/dependency/apifield"
	api "k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/test/utils/ktesting"
)

const orderedManifest = `
apiVersion: v1
kind: Pod
metadata: {name: pod, namespace: default%s}
spec:
  restartPolicy: Never
  containers:
  - {name: proxy, image: image, lifecycle: {type: Sidecar}}
  - name: app
    image: image
    lifecycle:
      dependsOn: [{container: %s}]
`

// Decoding refuses a manifest with invalid fields, but not one with invalid annotations: the kubelet holds such a pod.
func TestContainerDependenciesInFiles(t *testing.T) {
	featuregatetesting.SetFeatureGateDuringTest(t, utilfeature.DefaultFeatureGate, features.ContainerDependencies, true)
	const annotations = `, annotations: {container.lifecycle.alpha.kubernetes.io/%s: '%s'}`
	cases := map[string]struct {
		annotations, container string
		want                   string
	}{
		"valid": {container: "proxy"},
		"an unknown container": {
			container: "none",
			want:      `spec.containers[1].lifecycle.dependsOn[0].container: Invalid value: "none"`,
		},
		"an annotation that says the same": {
			annotations: fmt.Sprintf(annotations, "proxy", `{"type":"Sidecar"}`), container: "proxy",
		},
		"an annotation that says something else": {
			annotations: fmt.Sprintf(annotations, "proxy", `{}`), container: "proxy",
			want: `spec.containers[0].lifecycle: Invalid value: "{\"type\":\"Sidecar\"}": ` +
				`the annotation metadata.annotations[container.lifecycle.alpha.kubernetes.io/proxy] says {}`,
		},
	}
	noDefaults := func(klog.Logger, *api.Pod) error { return nil }
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			logger, _ := ktesting.NewTestContext(t)
			parsed, pod, err := tryDecodeSinglePod(logger, []byte(fmt.Sprintf(orderedManifest, tc.annotations, tc.container)), noDefaults)
			if !parsed {
				t.Fatalf("the manifest was not parsed: %v", err)
			}
			if tc.want != "" {
				if err == nil || !strings.Contains(err.Error(), tc.want) {
					t.Errorf("error %v, want %s", err, tc.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if l := apifield.Lifecycle(&pod.Spec.Containers[1]); l == nil || l.DependsOn[0].Condition != "Ready" {
				t.Errorf("the app's lifecycle is %+v, want it with its default", l)
			}
			if p := pod.Spec.Containers[0].RestartPolicy; p == nil || *p != v1.ContainerRestartPolicyAlways {
				t.Errorf("the Sidecar's restart policy is %v, want Always", p)
			}
		})
	}
	t.Run("invalid annotations alone", func(t *testing.T) {
		logger, _ := ktesting.NewTestContext(t)
		manifest := `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"pod","namespace":"default",` +
			`"annotations":{"container.lifecycle.alpha.kubernetes.io/app":"]"}},"spec":{"containers":[{"name":"app","image":"image"}]}}`
		if _, _, err := tryDecodeSinglePod(logger, []byte(manifest), noDefaults); err != nil {
			t.Errorf("error %v, want none", err)
		}
	})
}
