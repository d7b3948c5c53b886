// SPDX-License-Identifier: Apache-2.0

package dependency

import "testing"

// TestEncode: the encoding must not change, because later releases read the plans that are stored with sandboxes.
func TestEncode(t *testing.T) {
	pod := newPod().policy("OnFailure").grace(60).
		init("setup").native("mesh").
		container("app", `{"dependsOn":[{"container":"certs","condition":"Succeeded","optional":true}],"before":[{"container":"web"}]}`).
		container("certs", `{"type":"Sidecar","stopTimeoutSeconds":5}`).restarts("Never").
		container("plain", `{"type":"Standard"}`).container("empty", "{}").
		container("last", `{"before":[{"type":"Standard"},{"container":"<&>"}],"dependsOn":[{"container":"mesh","condition":"Ready"},{`+
			`"container":"<","optional":true}]}`).pod
	plan, errs := FromPod(pod, podFields)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	const want = `{"podUID":"uid","gracePeriodSeconds":60,"restartPolicy":"OnFailure","containers":[` +
		`{"name":"app","lifecycle":{"dependsOn":[{"container":"certs","condition":"Succeeded"}]}},` +
		`{"name":"certs","restartPolicy":"Never","lifecycle":{"type":"Sidecar","stopTimeoutSeconds":5}},` +
		`{"name":"plain"},{"name":"empty"},{"name":"last","lifecycle":{"dependsOn":[{"container":"mesh"}],"before":[{"type":"Standard"}]}}],` +
		`"initContainers":[{"name":"mesh","native":true}]}`
	if got := mustEncode(t, plan); got != want {
		t.Errorf("Encode() =\n%s, want\n%s", got, want)
	}
}

func TestParsePlanErrors(t *testing.T) {
	cases := map[string]struct{ text, want string }{
		"nothing":   {text: ``, want: `reading the pinned container order of pod "uid": unexpected end of JSON input`},
		"cut short": {text: `{"podUID":"uid"`, want: `reading the pinned container order of pod "uid": unexpected end of JSON input`},
		"of another pod": {
			text: `{"podUID":"other","containers":[]}`,
			want: `reading the pinned container order of pod "uid": it is that of pod "other"`,
		},
		"of no pod": {text: `{}`, want: `reading the pinned container order of pod "uid": it is that of pod ""`},
		"something follows": {
			text: `{"podUID":"uid"}{}`,
			want: `reading the pinned container order of pod "uid": invalid character '{' after top-level value`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			plan, err := ParsePlan(c.text, "uid")
			if err == nil || err.Error() != c.want {
				t.Errorf("ParsePlan() = %v, %v; want error %s", plan, err, c.want)
			}
		})
	}
}
