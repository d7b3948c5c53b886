// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	v1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	kubeletconfigv1beta1 "k8s.io/kubelet/config/v1beta1"
	"sigs.k8s.io/yaml"
)

// scheme has the kinds that examples may use.
var scheme = runtime.NewScheme()

func init() {
	for _, add := range []func(*runtime.Scheme) error{
		v1.AddToScheme, appsv1.AddToScheme, batchv1.AddToScheme, rbacv1.AddToScheme, admissionregistrationv1.AddToScheme,
		policyv1.AddToScheme, kubeletconfigv1beta1.AddToScheme,
	} {
		utilruntime.Must(add(scheme))
	}
}

// BadExamples returns what is wrong with the YAML of a document.
func BadExamples(d *Document) []string {
	var problems []string
	for _, b := range d.Blocks {
		if b.Language != "yaml" {
			if b.Language == "yml" {
				problems = append(problems, d.at(b.Line, "write yaml, not yml, so that the example is checked"))
			}
			continue
		}
		if err := CheckYAML(b.Text); err != nil {
			problems = append(problems, d.at(b.Line, "%v", err))
		}
	}
	return problems
}

// CheckYAML decodes each object of a YAML stream as strictly as an API server that has the field, and builds the graph of
// the pod that the object is or creates. An object without a kind is a single container.
func CheckYAML(text string) error {
	reader := utilyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(text)))
	for number := 1; ; number++ {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := Decode(document); err != nil {
			return fmt.Errorf("object %d: %w", number, err)
		}
	}
}

// Decode decodes one object and checks the order of its containers.
func Decode(document []byte) (runtime.Object, error) {
	object := map[string]any{}
	if err := yaml.UnmarshalStrict(document, &object); err != nil {
		return nil, err
	}
	if len(object) == 0 {
		return nil, errors.New("it is empty")
	}
	if _, whole := object["kind"]; !whole {
		return nil, checkContainer(object)
	}
	lifecycles, err := takeLifecycles(object)
	if err != nil {
		return nil, err
	}
	decoded, err := decodeStrictly(object)
	if err != nil {
		return nil, err
	}
	if pod := podOf(decoded); pod != nil {
		if err := checkOrder(pod, lifecycles); err != nil {
			return nil, err
		}
	}
	return decoded, nil
}

// checkContainer checks a single container. The other containers of its pod are unknown.
func checkContainer(container map[string]any) error {
	pod := map[string]any{"apiVersion": "v1", "kind": "Pod", "spec": map[string]any{"containers": []any{container}}}
	if _, err := takeLifecycles(pod); err != nil {
		return err
	}
	_, err := decodeStrictly(pod)
	return err
}

func decodeStrictly(object map[string]any) (runtime.Object, error) {
	document, err := yaml.Marshal(object)
	if err != nil {
		return nil, err
	}
	strict := json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme, scheme, json.SerializerOptions{Yaml: true, Strict: true})
	decoded, _, err := strict.Decode(document, nil, nil)
	return decoded, err
}

// podOf returns the pod that an object is or creates, and nil for other kinds.
func podOf(object runtime.Object) *v1.Pod {
	of := func(template v1.PodTemplateSpec) *v1.Pod {
		return &v1.Pod{ObjectMeta: template.ObjectMeta, Spec: template.Spec}
	}
	switch o := object.(type) {
	case *v1.Pod:
		return o
	case *appsv1.Deployment:
		return of(o.Spec.Template)
	case *appsv1.StatefulSet:
		return of(o.Spec.Template)
	case *appsv1.DaemonSet:
		return of(o.Spec.Template)
	case *batchv1.Job:
		return of(o.Spec.Template)
	case *batchv1.CronJob:
		return of(o.Spec.JobTemplate.Spec.Template)
	}
	return nil
}

// podSpecs are the paths at which an object may have a pod spec.
var podSpecs = []string{"spec", "spec.template.spec", "spec.jobTemplate.spec.template.spec"}

// containers visits the containers of an object's pods.
func containers(object map[string]any, visit func(container map[string]any) error) error {
	for _, where := range podSpecs {
		spec := object
		for _, key := range strings.Split(where, ".") {
			spec, _ = spec[key].(map[string]any)
		}
		for _, list := range []string{"initContainers", "containers"} {
			all, _ := spec[list].([]any)
			for _, c := range all {
				container, isObject := c.(map[string]any)
				if !isObject {
					return fmt.Errorf("an entry of %s.%s is no object", where, list)
				}
				if err := visit(container); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func isOrderField(name string) bool {
	return slices.Contains([]string{"type", "dependsOn", "before", "preStopTiming", "stopTimeoutSeconds"}, name)
}
