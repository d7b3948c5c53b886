// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"k8s.io/kubernetes/test/e2e/framework"
)

// resultsFile is a file in the report directory with one line of JSON per spec that has run, or has skipped itself. ginkgo writes its
// own reports only when the whole suite has ended, so an interruption would lose all. hack/compare follows this file. In a dry run, a
// line says that a spec is in an Ordered container, which ginkgo's reports leave out; some are there twice.
const resultsFile = "spec-results.jsonl"

// specResult is what a line tells about a spec.
type specResult struct {
	// Name is the texts of the spec's containers and its own, joined by spaces.
	Name    string  `json:"name"`
	State   string  `json:"state"`
	Seconds float64 `json:"seconds"`
	Message string  `json:"message,omitempty"`
}

// The framework goes through all specs once before it runs any, and what ginkgo knows outside of containers is lost then. So each
// container that has a framework gets it.
func init() {
	framework.NewFrameworkExtensions = append(framework.NewFrameworkExtensions, func(*framework.Framework) {
		ginkgo.ReportAfterEach(recordResult)
	})
}

// recorded is the run of a spec that was recorded last: a spec in nested containers may have several frameworks.
var recorded string

// recordResult appends the result of a spec to the file.
func recordResult(report ginkgo.SpecReport) {
	// What was not selected is reported as skipped, too, but without a reason.
	suite, _ := ginkgo.GinkgoConfiguration()
	ordered := suite.DryRun && report.IsInOrderedContainer
	notSelected := report.State.Is(types.SpecStateSkipped|types.SpecStatePending) && report.FailureMessage() == ""
	// The framework looks through all specs once without running any. What follows a failure in an Ordered container does not run
	// either, but for a reason.
	notRun := report.NumAttempts == 0 && report.FailureMessage() == ""
	if (notSelected || notRun) && !ordered || framework.TestContext.ReportDir == "" {
		return
	}
	run := report.FullText() + report.StartTime.String()
	if run == recorded {
		return
	}
	recorded = run
	framework.ExpectNoError(appendResult(filepath.Join(framework.TestContext.ReportDir, resultsFile), specResult{
		Name: report.FullText(), State: report.State.String(), Seconds: report.RunTime.Seconds(), Message: report.FailureMessage(),
	}), "record the result of a spec")
}

// appendResult adds a line by one write: several processes of the suite write to the file.
func appendResult(path string, result specResult) (err error) {
	line, err := json.Marshal(result)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	_, err = file.Write(append(line, '\n'))
	return err
}
