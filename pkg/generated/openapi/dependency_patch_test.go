// SPDX-License-Identifier: Apache-2.0

package openapi

import (
	"encoding/json"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
)

// The lists of a lifecycle, as a strategic merge patch sees them.
const (
	wasApplied = `{"dependsOn":[{"container":"certs"},{"type":"Standard"}],"before":[{"type":"Sidecar","condition":"None"}]}`
	isStored   = `{"dependsOn":[{"container":"certs","condition":"Ready"},{"type":"Standard","condition":"Ready"}],` +
		`"before":[{"type":"Sidecar","condition":"None"}],"preStopTiming":"InTurn"}`
	isToBe = `{"dependsOn":[{"type":"Standard"},{"container":"proxy","condition":"Started"}],"before":[{"container":"app"}]}`
)

// kubectl apply without --server-side makes a strategic merge patch, in which the lists are atomic: the result has exactly the
// entries that were applied last, and what others have set elsewhere in the lifecycle.
func TestDependencyStrategicMergePatch(t *testing.T) {
	meta, err := strategicpatch.NewPatchMetaFromStruct(v1.Lifecycle{})
	if err != nil {
		t.Fatal(err)
	}
	patch, err := strategicpatch.CreateThreeWayMergePatch([]byte(wasApplied), []byte(isToBe), []byte(isStored), meta, true)
	if err != nil {
		t.Fatal(err)
	}
	result, err := strategicpatch.StrategicMergePatchUsingLookupPatchMeta([]byte(isStored), patch, meta)
	if err != nil {
		t.Fatal(err)
	}
	var got v1.Lifecycle
	if err := json.Unmarshal(result, &got); err != nil {
		t.Fatal(err)
	}
	want := v1.Lifecycle{
		DependsOn: []v1.ContainerDependency{
			{Type: v1.LifecycleTypeStandard},
			{Container: "proxy", Condition: v1.ContainerDependencyStarted},
		},
		Before:        []v1.ContainerDependency{{Container: "app"}},
		PreStopTiming: new(v1.PreStopTimingInTurn),
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("lifecycle after %s (-want +got):\n%s", patch, diff)
	}
}

// A strategic merge patch knows one merge key, and every entry must have it. So the lists cannot be merged by it: nobody could
// apply an entry without that key.
func TestDependencyStrategicMergeNeedsOneKey(t *testing.T) {
	meta, err := strategicpatch.NewPatchMetaFromStruct(struct {
		DependsOn []v1.ContainerDependency `json:"dependsOn" patchStrategy:"merge" patchMergeKey:"container"`
		Before    []v1.ContainerDependency `json:"before"`
	}{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = strategicpatch.CreateThreeWayMergePatch([]byte(wasApplied), []byte(isToBe), []byte(wasApplied), meta, true)
	if err == nil || !strings.Contains(err.Error(), "does not contain declared merge key: container") {
		t.Errorf("a patch of entries without the merge key: error %v, want that it is missing", err)
	}
}
