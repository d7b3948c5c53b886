// SPDX-License-Identifier: Apache-2.0

package helper

import "k8s.io/kubernetes/pkg/apis/core"

// LifecycleHasOrder tells whether the lifecycle says something about the order of containers. It may be nil.
func LifecycleHasOrder(l *core.Lifecycle) bool {
	return l != nil && (l.Type != nil || len(l.DependsOn) > 0 || len(l.Before) > 0 || l.StopTimeoutSeconds != nil)
}
