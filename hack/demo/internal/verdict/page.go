// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"strings"

	"kubelet-ordering/internal/facts"
)

// page says what the pod's page said, if it was read.
func page(pod *facts.Pod) []Finding {
	switch p := pod.Page; {
	case p == nil:
		return nil
	case p.Problem != "":
		return []Finding{{Text: "page " + p.URL + ": " + p.Problem}}
	default:
		return []Finding{{OK: true, Text: "page " + p.URL + ": " + strings.Join(strings.Split(p.Text, "\n"), "; ")}}
	}
}
