// SPDX-License-Identifier: Apache-2.0

package onnode

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestPlace(t *testing.T) {
	dir := Manifests{Dir: t.TempDir()}
	pod := &v1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}}
	if _, err := dir.Place(pod); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir.Dir, "p.json"))
	if err != nil || !strings.Contains(string(text), `"name":"p"`) {
		t.Errorf("got %s, %v", text, err)
	}
	if _, err := dir.Withdraw("p"); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(dir.Dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if _, err := dir.Withdraw("p"); err == nil {
		t.Error("want an error for a pod without a manifest")
	}
}
