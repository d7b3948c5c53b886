// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"errors"
	"fmt"
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// ErrNoTemplate is the error for an object without containers.
var ErrNoTemplate = errors.New("it is no pod and has no pod template")

// templates are the places where objects have a pod template: those of Deployments, Jobs and their like, of custom kinds too; of
// CronJobs; of PodTemplates.
var templates = [][]string{{"spec", "template"}, {"spec", "jobTemplate", "spec", "template"}, {"template"}}

// New returns the pod or template of an object.
func New(object *unstructured.Unstructured, live bool) (*Pod, error) {
	p := &Pod{Kind: strings.ToLower(object.GetKind()), Namespace: object.GetNamespace(), Name: object.GetName(), Live: live}
	if p.Name == "" {
		p.Name = object.GetGenerateName() + "*"
	}
	content := object.Object
	if object.GetKind() != "Pod" || object.GroupVersionKind().Group != "" {
		if p.Base, content = template(object.Object); content == nil {
			return nil, ErrNoTemplate
		}
	}
	pod := &v1.Pod{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(content, pod); err != nil {
		return nil, fmt.Errorf("%s: cannot be read as a pod: %w", at(p.Base), err)
	}
	p.Pod = pod
	p.readFields(content)
	if p.Base != nil {
		// Messages are to name the object, whatever the template's metadata say.
		pod.Namespace = p.Namespace
	}
	return p, nil
}

func at(base *field.Path) string {
	if base == nil {
		return "the object"
	}
	return base.String()
}

// template returns the template of an object and its path.
func template(object map[string]any) (*field.Path, map[string]any) {
	for _, place := range templates {
		found, ok, err := unstructured.NestedMap(object, place...)
		if err != nil || !ok {
			continue
		}
		if containers, ok, err := unstructured.NestedSlice(found, "spec", "containers"); err == nil && ok && len(containers) > 0 {
			return field.NewPath(place[0], place[1:]...), found
		}
	}
	return nil, nil
}
