// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"
	"flag"
	"path/filepath"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"
)

// recipes is the directory with the recipes' manifests.
var recipes = flag.String("recipes", "", "the directory of the recipes whose manifests are to run")

// recipe returns the path of a manifest of the recipes.
func recipe(name string) string {
	ginkgo.GinkgoHelper()
	gomega.Expect(*recipes).NotTo(gomega.BeEmpty(), "the flag -recipes")
	return filepath.Join(*recipes, name)
}

// useRecipe applies a platform's manifest of the recipes until the spec ends.
func (c *cluster) useRecipe(ctx context.Context, name string) {
	ginkgo.GinkgoHelper()
	c.kubectl(ctx, "apply", "-f", recipe(name))
	ginkgo.DeferCleanup(func(ctx context.Context) { c.kubectl(ctx, "delete", "--ignore-not-found", "-f", recipe(name)) })
}

// label sets labels of the spec's namespace, such as "a=b", or removes them, such as "a-".
func (c *cluster) label(ctx context.Context, labels ...string) {
	ginkgo.GinkgoHelper()
	c.kubectl(ctx, append([]string{"label", "namespace/" + c.namespace}, labels...)...)
}

// getPods puts what users see into the report.
func (c *cluster) getPods(ctx context.Context) string {
	ginkgo.GinkgoHelper()
	output := c.kubectl(ctx, "get", "pods")
	ginkgo.By("kubectl get pods\n" + output)
	return output
}
