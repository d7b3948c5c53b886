// SPDX-License-Identifier: Apache-2.0

package v1_test

// Upstream's TestPodDefaults and TestWorkloadDefaults list all defaults of all fields, so that no field gets one that would
// change existing pods and templates. They take this one of ours as well: it is inside an entry that only users can write.
func init() {
	featureGatedPodDefaults[".Spec.Containers[0].Lifecycle.DependsOn[0].Condition"] = `"Ready"`
}
