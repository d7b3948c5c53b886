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

// decode decodes one annotation. It is as strict as an API server with strict field validation: names are case-sensitive,
// and an unknown or duplicate field is an error, because a misspelled dependency must not be silently ignored.
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

// toJSON returns JSON unchanged and converts YAML to JSON. JSON does not go through the YAML parser, which does not support
// all JSON escapes.
func toJSON(text string) ([]byte, error) {
	if stdjson.Valid([]byte(text)) {
		return []byte(strings.TrimSpace(text)), nil
	}
	object, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil {
		return nil, err
	}
	// The conversion silently ignores all documents after the first. They may contain a dependency.
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

// shorten keeps a message readable, whatever the annotation contains.
func shorten(text string) string {
	const limit = 200
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}

// annotationKeys returns the sorted keys of the pod's lifecycle annotations.
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
