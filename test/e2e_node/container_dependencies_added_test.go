// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/test/e2e/framework"
	imageutils "k8s.io/kubernetes/test/utils/image"
)

// addedVariable is an environment variable that makes the API server add declarations of order to every pod that a spec creates,
// so that what upstream's specs assert about pods is asserted about ordered pods. Its values are the keys of additions.
const addedVariable = "E2E_NODE_ADD_ORDER"

// additions are CEL expressions that return the JSON patches of a pod. None changes what a pod's own containers do.
var additions = map[string]string{
	// Each container says that it is what it is anyway.
	"type": `object.spec.containers.map(c, ` + annotate(`c.name`, `'{"type": "Standard"}'`) + `)`,
	// Each container waits for the one before it in the list to be started: upstream starts them in this order.
	"list": `object.spec.containers.transformList(i, c, i == 0 ? ` + annotate(`c.name`, `'{"type": "Standard"}'`) + ` : ` +
		annotate(`c.name`, `'{"dependsOn": [{"container": "' + object.spec.containers[i - 1].name + '", "condition": "Started"}]}'`) + `)`,
	// A Sidecar runs beside the containers, and no container waits for it.
	"sidecar": `[` + annotate(`'beside'`, `'{"type": "Sidecar", "before": [{"type": "Standard", "condition": "None"}]}'`) + `,
		JSONPatch{op: "add", path: "/spec/containers/-", value: Object.spec.containers{
			name: "beside", image: "` + imageutils.GetPauseImageName() + `", restartPolicy: "Always"}}]`,
}

// annotate is a CEL expression for the patch that adds an annotation of a container.
func annotate(container, value string) string {
	return `JSONPatch{op: "add", path: "/metadata/annotations/" + jsonpatch.escapeKey("container.lifecycle.alpha.kubernetes.io/" + ` +
		container + `), value: ` + value + `}`
}

var addOnce sync.Once

var _ = ginkgo.BeforeEach(func(ctx context.Context) {
	addition := os.Getenv(addedVariable)
	if addition == "" || framework.TestContext.StandaloneMode {
		return
	}
	addOnce.Do(func() { addOrder(ctx, addition) })
})

// addOrder makes the API server add declarations of order to pods, and waits until it does.
func addOrder(ctx context.Context, addition string) {
	expression, known := additions[addition]
	if !known {
		framework.Failf("%s=%s: say one of %q", addedVariable, addition, slices.Sorted(maps.Keys(additions)))
	}
	client, err := getAPIServerClient()
	framework.ExpectNoError(err, "make a client")
	name := "add-order-" + addition
	policy := &admissionregistrationv1.MutatingAdmissionPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: admissionregistrationv1.MutatingAdmissionPolicySpec{
			FailurePolicy:      ptr.To(admissionregistrationv1.Fail),
			ReinvocationPolicy: admissionregistrationv1.NeverReinvocationPolicy,
			MatchConstraints: &admissionregistrationv1.MatchResources{ResourceRules: []admissionregistrationv1.NamedRuleWithOperations{{
				RuleWithOperations: admissionregistrationv1.RuleWithOperations{
					Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create},
					Rule:       admissionregistrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"pods"}},
				},
			}}},
			// A mirror pod must be what the file says.
			MatchConditions: []admissionregistrationv1.MatchCondition{{Name: "not-a-mirror",
				Expression: `!has(object.metadata.annotations) || !("` + v1.MirrorPodAnnotationKey + `" in object.metadata.annotations)`}},
			Mutations: []admissionregistrationv1.Mutation{{
				PatchType: admissionregistrationv1.PatchTypeJSONPatch,
				JSONPatch: &admissionregistrationv1.JSONPatch{Expression: `(has(object.metadata.annotations) ? [] : ` +
					`[JSONPatch{op: "add", path: "/metadata/annotations", value: {}}]) + ` + expression},
			}},
		},
	}
	binding := &admissionregistrationv1.MutatingAdmissionPolicyBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec:       admissionregistrationv1.MutatingAdmissionPolicyBindingSpec{PolicyName: name},
	}
	// Another process of the suite may have made them.
	if _, err := client.AdmissionregistrationV1().MutatingAdmissionPolicies().Create(ctx, policy, metav1.CreateOptions{}); !apierrors.IsAlreadyExists(err) {
		framework.ExpectNoError(err, "make the policy that adds declarations of order")
	}
	if _, err := client.AdmissionregistrationV1().MutatingAdmissionPolicyBindings().Create(ctx, binding, metav1.CreateOptions{}); !apierrors.IsAlreadyExists(err) {
		framework.ExpectNoError(err, "bind the policy that adds declarations of order")
	}
	pod := &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "add-order"},
		Spec:       v1.PodSpec{Containers: []v1.Container{{Name: "a", Image: imageutils.GetPauseImageName()}}},
	}
	gomega.Eventually(ctx, func() error {
		got, err := client.CoreV1().Pods(metav1.NamespaceDefault).Create(ctx, pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		if err == nil && len(got.Annotations) == 0 {
			return fmt.Errorf("the pod is as it was")
		}
		return err
	}, time.Minute, 500*time.Millisecond).Should(gomega.Succeed(), "the API server adds declarations of order")
}
