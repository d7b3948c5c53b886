// SPDX-License-Identifier: Apache-2.0

package admit

import (
	"context"
	"fmt"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admission/v1"
)

// dense returns a pod of Sidecars that all wait for all that come before them, and for all apps.
func dense(count int) string {
	var annotations, containers []string
	for i := range count {
		var entries []string
		for j := range i {
			entries = append(entries, fmt.Sprintf("{\\\"container\\\":\\\"c-%d\\\"}", j))
		}
		says := fmt.Sprintf("{\\\"type\\\":\\\"Sidecar\\\",\\\"dependsOn\\\":[%s]}", strings.Join(entries, ","))
		annotations = append(annotations, fmt.Sprintf(`%sc-%d: "%s"`, order, i, says))
		containers = append(containers, fmt.Sprintf("{name: c-%d}", i))
	}
	containers = append(containers, "{name: app}")
	return objectOf("Pod", "{annotations: {"+strings.Join(annotations, ", ")+"}}", "{containers: ["+strings.Join(containers, ", ")+"]}")
}

func BenchmarkValidator(b *testing.B) {
	for name, object := range map[string]string{
		"two containers": objectOf("Pod", valid, spec),
		"8 Sidecars":     dense(8),
		"64 Sidecars":    dense(64),
		"127 Sidecars":   dense(127),
		"a cycle":        objectOf("Pod", cycle, spec),
	} {
		b.Run(name, func(b *testing.B) {
			asked := request(b, admissionv1.Create, object, "")
			b.ReportAllocs()
			for b.Loop() {
				(&Validator{}).Handle(context.Background(), asked)
			}
		})
	}
}
