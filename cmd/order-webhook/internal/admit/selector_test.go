// SPDX-License-Identifier: Apache-2.0

package admit

import (
	"context"
	"encoding/json"
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admission/v1"
	"sigs.k8s.io/yaml"
)

func TestSelector(t *testing.T) {
	const (
		with  = `{containers: [{name: app}, {name: proxy}], nodeSelector: {` + NodeLabel + `: "true"}}`
		other = `{containers: [{name: app}, {name: proxy}], nodeSelector: {a: b}}`
		both  = `{containers: [{name: app}, {name: proxy}], nodeSelector: {a: b, ` + NodeLabel + `: "true"}}`
		wrong = `{containers: [{name: app}, {name: proxy}], nodeSelector: {` + NodeLabel + `: "false"}}`
		empty = `{containers: [{name: app}, {name: proxy}], nodeSelector: {}}`
		plain = `{containers: [{name: app}, {name: proxy}]}`
		// image is another template.
		image  = `{containers: [{name: app, image: b}, {name: proxy}]}`
		imageW = `{containers: [{name: app, image: b}, {name: proxy}], nodeSelector: {` + NodeLabel + `: "true"}}`
		mirror = `{annotations: {kubernetes.io/config.mirror: x, ` + order + `proxy: "{}"}}`
	)
	tests := map[string]struct {
		operation      admissionv1.Operation
		now, old, want string
	}{
		"no selector":       {admissionv1.Create, objectOf("Pod", valid, plain), "", objectOf("Pod", valid, with)},
		"an empty one":      {admissionv1.Create, objectOf("Pod", valid, empty), "", objectOf("Pod", valid, with)},
		"another":           {admissionv1.Create, objectOf("Pod", valid, other), "", objectOf("Pod", valid, both)},
		"it is there":       {admissionv1.Create, objectOf("Pod", valid, both), "", ""},
		"it says otherwise": {admissionv1.Create, objectOf("Pod", valid, wrong), "", ""},
		"an invalid order":  {admissionv1.Create, objectOf("Pod", absent, plain), "", objectOf("Pod", absent, with)},
		"no order":          {admissionv1.Create, objectOf("Pod", none, plain), "", ""},
		"a mirror pod":      {admissionv1.Create, objectOf("Pod", mirror, plain), "", ""},
		"a live pod":        {admissionv1.Update, objectOf("Pod", valid, plain), objectOf("Pod", none, plain), ""},
		"a DaemonSet":       {admissionv1.Create, objectOf("DaemonSet", valid, plain), "", objectOf("DaemonSet", valid, with)},
		"a DaemonSet, changed": {admissionv1.Update, objectOf("DaemonSet", valid, image),
			objectOf("DaemonSet", valid, plain), objectOf("DaemonSet", valid, imageW)},
		"a DaemonSet, the same": {admissionv1.Update, objectOf("DaemonSet", valid, plain), objectOf("DaemonSet", valid, plain), ""},
		"deleted":               {admissionv1.Delete, "", objectOf("Pod", valid, plain), ""},
		"not readable":          {admissionv1.Create, "{apiVersion: v1, kind: Pod, spec: {containers: 1}}", "", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := Selector{}.Handle(context.Background(), request(t, test.operation, test.now, test.old))
			if !got.Allowed {
				t.Fatalf("it is refused: %v", got.Result)
			}
			if test.want == "" {
				if len(got.Patches) > 0 {
					t.Errorf("it is changed: %v", got.Patches)
				}
				return
			}
			text, err := json.Marshal(got.Patches)
			if err != nil {
				t.Fatal(err)
			}
			patch, err := jsonpatch.DecodePatch(text)
			if err != nil {
				t.Fatal(err)
			}
			patched, err := patch.Apply(raw(t, test.now).Raw)
			if err != nil {
				t.Fatalf("apply %s: %v", text, err)
			}
			var now, want any
			if err := yaml.Unmarshal(patched, &now); err != nil {
				t.Fatal(err)
			}
			if err := yaml.Unmarshal([]byte(test.want), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, now); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}
