// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	admissionv1 "k8s.io/api/admission/v1"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// mutation changes a pod that is about to be created. The API server may call it several times at once.
type mutation func(*v1.Pod)

// ServeHTTP answers an admission review.
func (m mutation) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var review admissionv1.AdmissionReview
	if err := json.NewDecoder(r.Body).Decode(&review); err != nil || review.Request == nil {
		http.Error(w, fmt.Sprintf("decode the review: %v", err), http.StatusBadRequest)
		return
	}
	review.Response = &admissionv1.AdmissionResponse{UID: review.Request.UID, Allowed: true}
	if patch, err := m.patch(review.Request.Object.Raw); err != nil {
		review.Response.Allowed = false
		review.Response.Result = &metav1.Status{Message: err.Error()}
	} else {
		review.Response.Patch, review.Response.PatchType = patch, ptr.To(admissionv1.PatchTypeJSONPatch)
	}
	review.Request = nil
	_ = json.NewEncoder(w).Encode(review)
}

func (m mutation) patch(object []byte) ([]byte, error) {
	var pod v1.Pod
	if err := json.Unmarshal(object, &pod); err != nil {
		return nil, fmt.Errorf("decode the pod: %w", err)
	}
	m(&pod)
	type operation struct {
		Op    string `json:"op"`
		Path  string `json:"path"`
		Value any    `json:"value"`
	}
	patch := []operation{{"replace", "/spec", pod.Spec}}
	if pod.Annotations != nil {
		patch = append(patch, operation{"add", "/metadata/annotations", pod.Annotations})
	}
	return json.Marshal(patch)
}

// installWebhook makes the API server pass pods of the spec's namespace through the mutation. Webhooks are called in the order of
// their names. Without a selector, the webhook gets all pods.
func (c *cluster) installWebhook(ctx context.Context, name string, selector map[string]string, m mutation) {
	ginkgo.GinkgoHelper()
	server := httptest.NewTLSServer(m)
	ginkgo.DeferCleanup(server.Close)
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	configurations := c.client.AdmissionregistrationV1().MutatingWebhookConfigurations()
	_, err := configurations.Create(ctx, &admissionregistrationv1.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Webhooks: []admissionregistrationv1.MutatingWebhook{{
			Name:                    name + ".e2e-cluster.example",
			ClientConfig:            admissionregistrationv1.WebhookClientConfig{URL: &server.URL, CABundle: authority},
			AdmissionReviewVersions: []string{"v1"},
			SideEffects:             ptr.To(admissionregistrationv1.SideEffectClassNone),
			NamespaceSelector:       &metav1.LabelSelector{MatchLabels: map[string]string{v1.LabelMetadataName: c.namespace}},
			ObjectSelector:          &metav1.LabelSelector{MatchLabels: selector},
			Rules: []admissionregistrationv1.RuleWithOperations{{
				Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create},
				Rule:       admissionregistrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"pods"}},
			}},
		}},
	}, metav1.CreateOptions{})
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "install the webhook %q", name)
	ginkgo.DeferCleanup(func(ctx context.Context) error { return configurations.Delete(ctx, name, metav1.DeleteOptions{}) })
}

// admit returns what the API server would make of a pod, without creating it.
func (c *cluster) admit(ctx context.Context, pod *v1.Pod) (*v1.Pod, error) {
	return c.client.CoreV1().Pods(c.namespace).Create(ctx, pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
}
