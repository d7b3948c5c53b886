// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
	goyaml "sigs.k8s.io/yaml/goyaml.v2"
)

// InUse tells whether the pod uses ordering: whether it carries an annotation of ours, decodable or not. A pod that
// does not is none of this package's business.
func InUse(pod *v1.Pod) bool {
	for key := range pod.Annotations {
		if strings.HasPrefix(key, AnnotationPrefix) {
			return true
		}
	}
	return false
}

// FromPod decodes what the pod says about the order of its containers. It returns nil and no problems when the pod
// does not use ordering. The problems are those of decoding alone, in a stable order; those that New finds in the plan
// come in addition, so that a user learns of all of them at once (see ForPod).
func FromPod(pod *v1.Pod) (*Plan, field.ErrorList) {
	if !InUse(pod) {
		return nil, nil
	}
	plan := &Plan{PodUID: pod.UID, RestartPolicy: pod.Spec.RestartPolicy, GracePeriodSeconds: DefaultGracePeriodSeconds}
	if pod.Spec.TerminationGracePeriodSeconds != nil {
		plan.GracePeriodSeconds = *pod.Spec.TerminationGracePeriodSeconds
	}
	regular := map[string]int{}
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		planned := PlannedContainer{Name: c.Name}
		if c.RestartPolicy != nil {
			planned.RestartPolicy = *c.RestartPolicy
		}
		regular[c.Name] = i
		plan.Containers = append(plan.Containers, planned)
	}
	initial := map[string]bool{}
	for i := range pod.Spec.InitContainers {
		c := &pod.Spec.InitContainers[i]
		initial[c.Name] = true
		native := c.RestartPolicy != nil && *c.RestartPolicy == v1.ContainerRestartPolicyAlways
		plan.InitContainers = append(plan.InitContainers, PlannedInitContainer{Name: c.Name, Native: native})
	}

	var problems field.ErrorList
	for _, key := range annotationKeys(pod) {
		name, path := strings.TrimPrefix(key, AnnotationPrefix), annotationPath(key)
		i, known := regular[name]
		switch {
		case initial[name]:
			problems = append(problems, field.Forbidden(path,
				fmt.Sprintf("%q is an init container, and init containers run in the order of their list: remove the annotation", name)))
			continue
		case !known:
			problems = append(problems, field.Invalid(path, name,
				"the pod has no regular container of this name: correct the name in the annotation, or remove the annotation"))
			continue
		}
		lifecycle, errs := decode(path, pod.Annotations[key])
		problems = append(problems, errs...)
		plan.Containers[i].Lifecycle = lifecycle
	}
	return plan, problems
}

// ForPod decodes and validates what the pod says. It returns nil and no error when the pod does not use ordering. The
// error is an *InvalidError.
func ForPod(pod *v1.Pod) (*Graph, error) {
	plan, problems := FromPod(pod)
	if plan == nil {
		return nil, nil
	}
	graph, more := build(plan)
	if problems = append(problems, more...); len(problems) > 0 {
		return nil, &InvalidError{Problems: problems}
	}
	return graph, nil
}

// InvalidError says why a pod's container order cannot be followed.
type InvalidError struct {
	// Problems are all that was found, in a stable order.
	Problems field.ErrorList
}

// maxReportedProblems bounds the text that goes into the status of every container of a pod: annotations have room for
// thousands of mistakes.
const maxReportedProblems = 50

func (e *InvalidError) Error() string {
	var texts []string
	for i, problem := range e.Problems {
		if i == maxReportedProblems {
			texts = append(texts, fmt.Sprintf("and %d more", len(e.Problems)-i))
			break
		}
		texts = append(texts, problem.Error())
	}
	return strings.Join(texts, "; ")
}

// decode reads one annotation. It is as strict as the API server would be asked to be: names are case-sensitive, and
// an unknown or repeated field is an error, because a misspelled dependency must not be taken for none.
func decode(path *field.Path, text string) (*Lifecycle, field.ErrorList) {
	object, err := toJSON(text)
	if err != nil {
		return nil, field.ErrorList{undecodable(path, text, err)}
	}
	if !strings.HasPrefix(string(object), "{") {
		return nil, field.ErrorList{undecodable(path, text, errors.New("it is not an object"))}
	}
	lifecycle := &Lifecycle{}
	strict, err := json.UnmarshalStrict(object, lifecycle)
	if err != nil {
		return nil, field.ErrorList{undecodable(path, text, err)}
	}
	var problems field.ErrorList
	for _, err := range strict {
		problems = append(problems, undecodable(path, text, err))
	}
	return lifecycle, problems
}

// toJSON returns JSON as it is, and YAML as JSON. JSON is kept from the YAML parser, which does not know all of JSON's
// escapes.
func toJSON(text string) ([]byte, error) {
	if stdjson.Valid([]byte(text)) {
		return []byte(strings.TrimSpace(text)), nil
	}
	object, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil {
		return nil, err
	}
	// The conversion reads the first document and is silent about the rest, which may hold a dependency.
	documents := goyaml.NewDecoder(strings.NewReader(text))
	var document any
	if err := documents.Decode(&document); err == nil && !errors.Is(documents.Decode(&document), io.EOF) {
		return nil, errors.New("something follows the first object")
	}
	return object, nil
}

func undecodable(path *field.Path, text string, err error) *field.Error {
	return field.Invalid(path, shorten(text),
		fmt.Sprintf(`%s: write an object with the fields type, dependsOn, before and stopTimeoutSeconds, such as {"type":"Sidecar"}`,
			shorten(strings.Join(strings.Fields(err.Error()), " "))))
}

// shorten keeps a message readable whatever the annotation holds.
func shorten(text string) string {
	const limit = 200
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}

func annotationKeys(pod *v1.Pod) []string {
	var keys []string
	for key := range pod.Annotations {
		if strings.HasPrefix(key, AnnotationPrefix) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

func annotationPath(key string) *field.Path { return field.NewPath("metadata", "annotations").Key(key) }
