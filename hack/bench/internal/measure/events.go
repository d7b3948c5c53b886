// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"

	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/hack/bench/internal/shape"
)

// event matches a line of the kubelet's log with an event of a container. The kubelet of a node without an API server logs all
// events that it records, at level 3.
var event = regexp.MustCompile(`"Event occurred" object="[^"/]*/([^"]+)" fieldPath="spec\.containers\{([^}]+)\}".* reason="([^"]+)"`)

// lostEvents returns how many events of the starts of the pods' containers are missing in the kubelet's log. The kubelet adds the name of
// the node to those of static pods.
func lostEvents(root string, pods []*v1.Pod) (int, error) {
	file, err := os.Open(filepath.Join(root, "kubelet.log"))
	if err != nil {
		return 0, fmt.Errorf("look for events in the kubelet's log: %w", err)
	}
	defer file.Close()
	name, err := os.Hostname()
	if err != nil {
		return 0, fmt.Errorf("look for the node's name: %w", err)
	}
	return missing(file, name, pods)
}

func missing(log io.Reader, node string, pods []*v1.Pod) (int, error) {
	expected := map[string]bool{}
	for _, pod := range pods {
		for _, container := range pod.Spec.Containers {
			for _, reason := range shape.Reasons {
				expected[pod.Name+"-"+node+" "+container.Name+" "+reason] = true
			}
		}
	}
	// Lines of hostile pods may be very long.
	for reader := bufio.NewReader(log); ; {
		line, err := reader.ReadString('\n')
		if match := event.FindStringSubmatch(line); match != nil {
			delete(expected, match[1]+" "+match[2]+" "+match[3])
		}
		if err == io.EOF {
			return len(expected), nil
		}
		if err != nil {
			return 0, fmt.Errorf("look for events in the kubelet's log: %w", err)
		}
	}
}
