// SPDX-License-Identifier: Apache-2.0

package admit

import (
	"context"
	"reflect"
	"strings"

	"gomodules.xyz/jsonpatch/v2"
	admissionv1 "k8s.io/api/admission/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

// The label of nodes whose kubelet follows orders. A kubelet cannot give it to its own node.
const (
	NodeLabel = "node-restriction.kubernetes.io/container-dependencies"
	nodeValue = "true"
)

// Selector adds the node selector to pods with an order, and to the templates of DaemonSets, whose controller makes a pod for
// each node that the template selects. It keeps what the object says of this label itself.
type Selector struct{}

var _ admission.Handler = Selector{}

// Handle implements admission.Handler.
func (Selector) Handle(_ context.Context, req admission.Request) admission.Response {
	now, err := read(req.Object.Raw)
	if err != nil || !now.ordered() || now.mirror() || now.GetDeletionTimestamp() != nil {
		// The policy require-ordering-nodes refuses what has an order and no selector.
		return admission.Allowed("")
	}
	at := []string{"spec"}
	if !now.pod.IsPod() {
		at = append(strings.Split(now.pod.Base.String(), "."), at...)
	}
	switch req.Operation {
	case admissionv1.Create:
	case admissionv1.Update:
		// The template of an object that exists changes only if its pods are to be replaced anyway.
		old, err := read(req.OldObject.Raw)
		if now.pod.IsPod() || err != nil || old == nil || reflect.DeepEqual(field(now, at), field(old, at)) {
			return admission.Allowed("")
		}
	default:
		return admission.Allowed("")
	}
	path := "/" + strings.Join(at, "/") + "/nodeSelector"
	selector := now.pod.Pod.Spec.NodeSelector
	if _, says := selector[NodeLabel]; says {
		return admission.Allowed("")
	}
	if len(selector) == 0 {
		return admission.Patched("", jsonpatch.NewOperation("add", path, map[string]string{NodeLabel: nodeValue}))
	}
	key := strings.NewReplacer("~", "~0", "/", "~1").Replace(NodeLabel)
	return admission.Patched("", jsonpatch.NewOperation("add", path+"/"+key, nodeValue))
}

func field(o *object, at []string) any {
	found, _, _ := unstructured.NestedFieldNoCopy(o.Object, at...)
	return found
}
