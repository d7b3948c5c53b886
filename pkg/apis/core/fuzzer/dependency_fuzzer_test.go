// SPDX-License-Identifier: Apache-2.0

package fuzzer_test

import (
	"math/rand"
	"testing"

	"k8s.io/apimachinery/pkg/api/apitesting/fuzzer"

	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/core"
	corefuzzer "k8s.io/kubernetes/pkg/apis/core/fuzzer"
)

func TestDependencyFuzzerSetsDefaults(t *testing.T) {
	f := fuzzer.FuzzerFor(corefuzzer.Funcs, rand.NewSource(1), legacyscheme.Codecs)
	other := false
	for range 1000 {
		var l core.Lifecycle
		f.Fill(&l)
		for _, d := range append(l.DependsOn, l.Before...) {
			if d.Condition == "" {
				t.Fatalf("a random lifecycle lacks a default: %v", l)
			}
			other = other || d.Condition != core.ContainerDependencyReady
		}
	}
	if !other {
		t.Error("all conditions are the default")
	}
}
