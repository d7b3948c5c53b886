// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"flag"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	e2eskipper "k8s.io/kubernetes/test/e2e/framework/skipper"
)

var orderByField = flag.Bool("container-dependencies-by-field", false,
	"the pods of the specs of container ordering say their order by field, and not by annotation")

// inForm returns the pod in the form that this run requires: it moves what the annotations say of its containers into their fields,
// or leaves it where it is. An annotation has the same keys as the field.
func inForm(pod *v1.Pod) *v1.Pod {
	ginkgo.GinkgoHelper()
	if !*orderByField {
		return pod
	}
	for _, containers := range [][]v1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range containers {
			c := &containers[i]
			key := dependency.AnnotationPrefix + c.Name
			text, says := pod.Annotations[key]
			if !says {
				continue
			}
			delete(pod.Annotations, key)
			if c.Lifecycle == nil {
				c.Lifecycle = &v1.Lifecycle{}
			}
			gomega.Expect(yaml.Unmarshal([]byte(text), c.Lifecycle)).To(gomega.Succeed(), "move annotation %s=%s into the field", key, text)
		}
	}
	return pod
}

// needAnnotations skips a spec about what is possible with annotations alone.
func needAnnotations(why string) {
	if *orderByField {
		e2eskipper.Skipf("order by field: %s", why)
	}
}
