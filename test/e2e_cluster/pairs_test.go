// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"k8s.io/kubernetes/test/utils/actor"
)

// expectPairs asserts that both events of each pair happened once, in that order.
func expectPairs(t actor.Timeline, pairs ...[2]string) {
	ginkgo.GinkgoHelper()
	for _, pair := range pairs {
		gomega.Expect(t).To(actor.HappenOnceInOrder(pair[:]...))
	}
}
