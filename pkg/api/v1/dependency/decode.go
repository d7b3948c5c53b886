// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/json"
	goyaml "sigs.k8s.io/yaml/goyaml.v2"
)

// decode decodes one annotation. It is as strict as an API server with strict field validation: names are case-sensitive,
// and an unknown or duplicate field is an error, because a misspelled dependency must not be silently ignored. It returns
// at least one error if it returns no lifecycle.
func decode(text string) (*Lifecycle, []error) {
	if len(text) > MaxLifecycleBytes {
		return nil, []error{fmt.Errorf("it has %d bytes, and may have %d", len(text), MaxLifecycleBytes)}
	}
	if commas := strings.Count(text, ","); commas > MaxCommas {
		return nil, []error{fmt.Errorf("it has %d commas, and may have %d: use fewer entries", commas, MaxCommas)}
	}
	object, err := toJSON(text)
	if err != nil {
		return nil, []error{err}
	}
	if !strings.HasPrefix(string(object), "{") {
		return nil, []error{errors.New("it is not an object")}
	}
	lifecycle := &Lifecycle{}
	strict, err := json.UnmarshalStrict(object, lifecycle)
	if err != nil {
		return nil, []error{err}
	}
	return lifecycle, strict
}

// toJSON returns JSON unchanged and converts YAML to JSON. JSON does not go through the YAML parser, which does not support
// all JSON escapes.
func toJSON(text string) ([]byte, error) {
	if stdjson.Valid([]byte(text)) {
		return []byte(strings.TrimSpace(text)), nil
	}
	if err := checkYAML(text); err != nil {
		return nil, err
	}
	documents := goyaml.NewDecoder(strings.NewReader(text))
	documents.SetStrict(true)
	var document any
	if err := documents.Decode(&document); err != nil && !errors.Is(err, io.EOF) {
		return nil, firstOf(err)
	}
	object, err := jsonable(document)
	if err != nil {
		return nil, err
	}
	// A document that is ignored may contain a dependency.
	var next any
	if !errors.Is(documents.Decode(&next), io.EOF) {
		return nil, errors.New("something follows the first object")
	}
	return stdjson.Marshal(object)
}

// checkYAML returns an error if the text may cost the YAML parser more than a small multiple of its length.
//
// It does not parse the text. It looks at single characters, also at those in strings and comments, so it cannot be wrong
// about what the parser makes of them.
func checkYAML(text string) error {
	if !utf8.ValidString(text) {
		// To the YAML parser it could be UTF-16, with other characters.
		return errors.New("it is not valid UTF-8")
	}
	for i := range len(text) {
		switch text[i] {
		case '&', '*':
			// An anchor or an alias is not in the middle of a word, and has a name.
			if (i == 0 || !isWord(text[i-1])) && i+1 < len(text) && isWord(text[i+1]) {
				return fmt.Errorf("it has a YAML anchor or alias (%s) or, in a comment or a string, what looks like one, and neither is allowed: "+
					"write each value out, or write JSON", text[i:i+2])
			}
		case '%':
			// At the beginning of a line: it may define an abbreviation of which every use costs its whole length.
			if i == 0 || !isGraphic(text[i-1]) && text[i-1] != ' ' && text[i-1] != '\t' {
				return errors.New("it has a YAML directive (%), and directives are not allowed")
			}
		}
	}
	if marks := yamlMarks(text); marks > MaxYAMLMarks {
		return fmt.Errorf("it is not valid JSON (%w), and as YAML it has too many parts (%d, and may have %d): write it as JSON",
			jsonError(text), marks, MaxYAMLMarks)
	}
	return nil
}

// yamlMarks counts the characters that may structure the text (see MaxYAMLMarks). Every list, every object, every tag, and
// every value but the first needs one. Two quotes count as one: they enclose a value, also where none may be.
func yamlMarks(text string) int {
	marks, quotes := 0, 0
	for i := range len(text) {
		switch text[i] {
		case '[', '{', ',', ':', '?', '!':
			marks++
		case '"', '\'':
			quotes++
		case '-':
			if i+1 == len(text) || !isGraphic(text[i+1]) {
				marks++
			}
		}
	}
	return marks + quotes/2
}

// isGraphic reports whether the byte is neither a space, nor a control character, nor part of a longer character: YAML has
// line breaks outside of ASCII.
func isGraphic(c byte) bool { return c > ' ' && c < utf8.RuneSelf }

// isWord reports whether the byte may be part of the name of an anchor.
func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '_' || c == '-'
}

func jsonError(text string) error {
	var raw stdjson.RawMessage
	return stdjson.Unmarshal([]byte(text), &raw)
}

// firstOf returns the error with only the first of the problems that the YAML parser lists.
func firstOf(err error) error {
	var list *goyaml.TypeError
	if errors.As(err, &list) && len(list.Errors) > 1 {
		return &goyaml.TypeError{Errors: list.Errors[:1]}
	}
	return err
}

// jsonable returns what the YAML parser has returned in the types of JSON.
func jsonable(value any) (any, error) {
	switch value := value.(type) {
	case map[any]any:
		object := make(map[string]any, len(value))
		for key, element := range value {
			name, isString := key.(string)
			if !isString {
				return nil, errors.New("a field's name is not a string")
			}
			var err error
			if object[name], err = jsonable(element); err != nil {
				return nil, err
			}
		}
		return object, nil
	case []any:
		for i := range value {
			var err error
			if value[i], err = jsonable(value[i]); err != nil {
				return nil, err
			}
		}
	}
	return value, nil
}

func undecodable(path *field.Path, text string, err error) *field.Error {
	return field.Invalid(path, shorten(text, maxValueBytes),
		fmt.Sprintf(`%s: write an object with the fields type, dependsOn, before, preStopTiming and stopTimeoutSeconds, such as `+
			`{"type":"Sidecar"}`,
			shorten(strings.Join(strings.Fields(shorten(err.Error(), MaxTextBytes)), " "), 2*maxValueBytes)))
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
