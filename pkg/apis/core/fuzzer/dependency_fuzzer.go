// SPDX-License-Identifier: Apache-2.0

package fuzzer

import (
	runtimeserializer "k8s.io/apimachinery/pkg/runtime/serializer"
	"sigs.k8s.io/randfill"

	"k8s.io/kubernetes/pkg/apis/core"
)

// Random objects must have the defaults of our fields, as they have those of upstream's fields: round-trip tests compare the
// random object with the decoded one, which has the defaults.
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
