// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"sigs.k8s.io/yaml"
)

// documents are the files with the examples that users copy.
var documents = flag.String("documents", "", "comma-separated Markdown files whose examples are to run")

// goals maps a kind to the condition that its examples must reach, for kubectl wait. Examples of other kinds do not run.
var goals = map[string]string{"Pod": "Ready", "Deployment": "Available", "Job": "Complete"}

// hasField matches examples that use the field, which need an API server that knows it.
var hasField = regexp.MustCompile(`(?m)^ +(type: Sidecar|dependsOn:|before:|preStopTiming:|stopTimeoutSeconds:)`)

var _ = ginkgo.Describe("The documents", func() {
	c := inNamespace()

	ginkgo.It("should have examples that work", func(ctx context.Context) {
		gomega.Expect(*documents).NotTo(gomega.BeEmpty(), "the flag -documents")
		resources := map[string]string{}
		dir := ginkgo.GinkgoT().TempDir()
		for _, document := range strings.Split(*documents, ",") {
			for i, example := range examplesOf(document) {
				var object struct {
					Kind     string `json:"kind"`
					Metadata struct {
						Name string `json:"name"`
					} `json:"metadata"`
				}
				gomega.Expect(yaml.Unmarshal([]byte(example), &object)).To(gomega.Succeed(), "example %d of %s", i+1, document)
				goal, runs := goals[object.Kind]
				if !runs || saying(*way) == byAnnotation && hasField.MatchString(example) {
					continue
				}
				resource := strings.ToLower(object.Kind) + "/" + object.Metadata.Name
				gomega.Expect(resources).NotTo(gomega.HaveKey(resource), "two examples have one name")
				resources[resource] = goal
				file := filepath.Join(dir, fmt.Sprintf("%d.yaml", len(resources)))
				gomega.Expect(os.WriteFile(file, []byte(example), 0o644)).To(gomega.Succeed())
				c.kubectl(ctx, "apply", "-f", file)
			}
		}
		gomega.Expect(len(resources)).To(gomega.BeNumerically(">=", 5), "examples in %s", *documents)
		for resource, goal := range resources {
			ginkgo.By("Waiting for " + resource)
			c.kubectl(ctx, "wait", resource, "--for=condition="+goal, "--timeout=90s")
		}
	})
})

// examplesOf returns the YAML blocks of a Markdown file.
func examplesOf(document string) []string {
	ginkgo.GinkgoHelper()
	text, err := os.ReadFile(document)
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "read the examples")
	var examples []string
	for _, block := range regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		examples = append(examples, block[1])
	}
	return examples
}
