// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	v1 "k8s.io/api/core/v1"
)

// CheckImages finds the containers whose image the node does not have. There is no registry to pull it from.
func (m *Manifest) CheckImages(present []string) error {
	var problems []error
	missing := false
	for _, c := range append(slices.Clone(m.Pod.Spec.InitContainers), m.Pod.Spec.Containers...) {
		switch {
		case !slices.Contains(present, c.Image):
			missing = true
			problems = append(problems, fmt.Errorf("container %q: image %q is not on the node", c.Name, c.Image))
		case c.ImagePullPolicy == v1.PullAlways:
			problems = append(problems, fmt.Errorf("container %q: imagePullPolicy Always asks a registry, and the node has none: use IfNotPresent", c.Name))
		}
	}
	if missing {
		problems = append(problems, fmt.Errorf("the node has no registry to pull from: use one of its images:\n  %s", strings.Join(present, "\n  ")))
	}
	return errors.Join(problems...)
}
