// SPDX-License-Identifier: Apache-2.0

package fuzzer

import (
	runtimeserializer "k8s.io/apimachinery/pkg/runtime/serializer"
	"sigs.k8s.io/randfill"

	"k8s.io/kubernetes/pkg/apis/core"
)

// Random objects have the defaults of our fields, as they have those of upstream's: an object that is decoded gets them, and
// tests of round trips compare it with the random one.
func init() {
	upstream := Funcs
	Funcs = func(codecs runtimeserializer.CodecFactory) []interface{} {
		return append(upstream(codecs), func(d *core.ContainerDependency, c randfill.Continue) {
			c.FillNoCustom(d)
			if d.Condition == "" {
				d.Condition = core.ContainerDependencyReady
			}
		})
	}
}
