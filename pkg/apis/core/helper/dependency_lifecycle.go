// SPDX-License-Identifier: Apache-2.0

package helper

import "k8s.io/kubernetes/pkg/apis/core"

// LifecycleHasOrder reports whether any ordering field of the lifecycle is set. The lifecycle may be nil.
func LifecycleHasOrder(l *core.Lifecycle) bool {
	return l != nil && (l.Type != nil || len(l.DependsOn) > 0 || len(l.Before) > 0 || l.PreStopTiming != nil || l.StopTimeoutSeconds != nil)
}
