// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"fmt"

	"github.com/onsi/ginkgo/v2"

	v1 "k8s.io/api/core/v1"

	"k8s.io/kubernetes/pkg/apis/core"
	corev1 "k8s.io/kubernetes/pkg/apis/core/v1"
	"k8s.io/kubernetes/pkg/printers"
	"k8s.io/kubernetes/pkg/printers/internalversion"
	"k8s.io/kubernetes/test/e2e/framework"
)

// printedStatus returns the columns READY and STATUS of kubectl get pods, which the API server makes.
func printedStatus(pod *v1.Pod) string {
	ginkgo.GinkgoHelper()
	var internal core.Pod
	framework.ExpectNoError(corev1.Convert_v1_Pod_To_core_Pod(pod.DeepCopy(), &internal, nil), "convert pod %q", pod.Name)
	table, err := printers.NewTableGenerator().With(internalversion.AddHandlers).GenerateTable(&internal, printers.GenerateOptions{})
	framework.ExpectNoError(err, "print pod %q", pod.Name)
	return fmt.Sprintf("%s %s", table.Rows[0].Cells[1], table.Rows[0].Cells[2])
}
