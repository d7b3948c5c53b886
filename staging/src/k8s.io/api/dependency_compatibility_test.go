// SPDX-License-Identifier: Apache-2.0

package api

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/apitesting/roundtrip"
	apiequality "k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// typesWithContainers are the API types that contain a container's lifecycle. Upstream's TestCompatibility compares all fields
// of a type with upstream's files, which do not have the ordering fields. hack/upstream-unit.skip skips it for these types, in
// the version whose files must have all fields. TestDependencyCompatibility makes the same check with the ordering fields.
var typesWithContainers = []string{
	"apps.v1.DaemonSet", "apps.v1.Deployment", "apps.v1.ReplicaSet", "apps.v1.StatefulSet",
	"apps.v1beta1.Deployment", "apps.v1beta1.StatefulSet",
	"apps.v1beta2.DaemonSet", "apps.v1beta2.Deployment", "apps.v1beta2.ReplicaSet", "apps.v1beta2.StatefulSet",
	"batch.v1.CronJob", "batch.v1.Job", "batch.v1beta1.CronJob",
	"core.v1.Pod", "core.v1.PodTemplate", "core.v1.ReplicationController",
	"extensions.v1beta1.DaemonSet", "extensions.v1beta1.Deployment", "extensions.v1beta1.ReplicaSet",
}

// filledOrder has the ordering fields as upstream fills them in test objects: the value of a number is its protobuf field
// number.
const filledOrder = `{"type": "typeValue",
	"dependsOn": [{"container": "containerValue", "type": "typeValue", "condition": "conditionValue", "optional": true}],
	"before": [{"container": "containerValue", "type": "typeValue", "condition": "conditionValue", "optional": true}],
	"preStopTiming": "preStopTimingValue", "stopTimeoutSeconds": 1004}`

// In all three encodings, objects with all fields set equal upstream's files plus the ordering fields.
func TestDependencyCompatibility(t *testing.T) {
	scheme := runtime.NewScheme()
	for _, builder := range groups {
		if err := builder.AddToScheme(scheme); err != nil {
			t.Fatal(err)
		}
	}
	options := roundtrip.NewCompatibilityTestOptions(scheme).Complete(t)
	var differ []string
	for gvk, object := range options.FilledObjects {
		if clearOrder(reflect.ValueOf(object.DeepCopyObject())) == 0 {
			continue
		}
		group := gvk.Group
		if group == "" {
			group = "core"
		}
		name := group + "." + gvk.Version + "." + gvk.Kind
		differ = append(differ, name)
		t.Run(name, func(t *testing.T) {
			checkCompatibility(t, options, gvk, filepath.Join(options.TestDataDirCurrentVersion, name))
		})
	}
	slices.Sort(differ)
	if diff := cmp.Diff(typesWithContainers, differ); diff != "" {
		t.Errorf("types with ordering fields (-want +got):\n%s", diff)
	}
}

func checkCompatibility(t *testing.T, options *roundtrip.CompatibilityTestOptions, gvk schema.GroupVersionKind, file string) {
	full := options.FilledObjects[gvk]
	cleared := full.DeepCopyObject()
	lifecycles := clearOrder(reflect.ValueOf(cleared))
	for suffix, serializer := range map[string]runtime.Serializer{".json": options.JSON, ".yaml": options.YAML, ".pb": options.Proto} {
		golden, err := os.ReadFile(file + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if got := encode(t, serializer, cleared); !bytes.Equal(got, golden) {
			t.Errorf("%s: the object without ordering fields differs from upstream's file", suffix)
		}
		data := encode(t, serializer, full)
		if suffix == ".json" {
			if diff := cmp.Diff(withOrder(t, golden, lifecycles), decodeJSON(t, data)); diff != "" {
				t.Errorf("the object differs from upstream's file with the ordering fields (-want +got):\n%s", diff)
			}
			var compact bytes.Buffer // otherwise raw extensions keep the indentation
			if err := json.Compact(&compact, data); err != nil {
				t.Fatal(err)
			}
			data = compact.Bytes()
		}
		empty, err := options.Scheme.New(gvk)
		if err != nil {
			t.Fatal(err)
		}
		if got, _, err := serializer.Decode(data, &gvk, empty); err != nil || !apiequality.Semantic.DeepEqual(full, got) {
			t.Errorf("%s: decoded object: %v (-want +got)\n%s", suffix, err, cmp.Diff(full, got))
		}
	}
}

func encode(t *testing.T, serializer runtime.Serializer, object runtime.Object) []byte {
	t.Helper()
	var data bytes.Buffer
	if err := serializer.Encode(object, &data); err != nil {
		t.Fatal(err)
	}
	return data.Bytes()
}

func decodeJSON(t *testing.T, data []byte) any {
	t.Helper()
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// withOrder adds the ordering fields to the lifecycles of an upstream file. The file must have the given number of lifecycles.
func withOrder(t *testing.T, golden []byte, lifecycles int) any {
	t.Helper()
	value := decodeJSON(t, golden)
	var visit func(value any)
	visit = func(value any) {
		switch v := value.(type) {
		case []any:
			for _, item := range v {
				visit(item)
			}
		case map[string]any:
			if lifecycle, ok := v["lifecycle"].(map[string]any); ok {
				lifecycles--
				if err := json.NewDecoder(strings.NewReader(filledOrder)).Decode(&lifecycle); err != nil {
					t.Fatal(err)
				}
			}
			for _, item := range v {
				visit(item)
			}
		}
	}
	visit(value)
	if lifecycles != 0 {
		t.Errorf("the object has %d more lifecycles than upstream's", lifecycles)
	}
	return value
}

// clearOrder removes the ordering fields from all lifecycles in a value, and returns the number of lifecycles.
func clearOrder(v reflect.Value) int {
	n := 0
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			n += clearOrder(v.Elem())
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			n += clearOrder(v.Index(i))
		}
	case reflect.Struct:
		if v.CanAddr() && v.CanInterface() {
			if l, ok := v.Addr().Interface().(*corev1.Lifecycle); ok {
				l.Type, l.DependsOn, l.Before, l.PreStopTiming, l.StopTimeoutSeconds = nil, nil, nil, nil, nil
				return 1
			}
		}
		for i := range v.NumField() {
			n += clearOrder(v.Field(i))
		}
	}
	return n
}
