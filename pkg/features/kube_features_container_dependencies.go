// SPDX-License-Identifier: Apache-2.0

package features

import (
	"strconv"

	"k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/apimachinery/pkg/util/version"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/component-base/featuregate"
)

// ContainerDependencies makes the kubelet start and stop the containers of a pod in the order of their dependencies. It makes
// the API server keep the ordering fields of container.lifecycle: with the gate off, the API server drops them unless the old
// object already uses them.
//
// The gate is alpha, and on by default in this fork, because whoever runs this fork has chosen it. It does not affect pods
// that do not use ordering.
const ContainerDependencies featuregate.Feature = "ContainerDependencies"

// ContainerDependencyEagerProbes makes the kubelet probe a container more often than the period of its probe while other
// containers wait for its startup or readiness.
//
// It has no effect without ContainerDependencies, and is on by default with it. It does not declare that dependency, because
// turning off ContainerDependencies alone would then be an error.
const ContainerDependencyEagerProbes featuregate.Feature = "ContainerDependencyEagerProbes"

// containerDependenciesDefault is a variable so that a test binary can be linked with the other default (-ldflags -X):
// upstream's own tests must pass with the gate off and with the gate on.
var containerDependenciesDefault = "true"

// The gates are added to upstream's table before upstream registers it, off by default as upstream requires of alpha gates.
var _ = func() bool {
	defaultVersionedKubernetesFeatureGates[ContainerDependencies] = featuregate.VersionedSpecs{
		{Version: version.MustParse("1.37"), Default: false, PreRelease: featuregate.Alpha},
	}
	defaultVersionedKubernetesFeatureGates[ContainerDependencyEagerProbes] = featuregate.VersionedSpecs{
		{Version: version.MustParse("1.37"), Default: false, PreRelease: featuregate.Alpha},
	}
	defaultKubernetesFeatureGateDependencies[ContainerDependencies] = nil
	defaultKubernetesFeatureGateDependencies[ContainerDependencyEagerProbes] = nil
	return true
}()

// Files are initialized in the order of their names, so upstream has already registered the gates.
func init() {
	enabled, err := strconv.ParseBool(containerDependenciesDefault)
	runtime.Must(err)
	runtime.Must(utilfeature.DefaultMutableFeatureGate.OverrideDefault(ContainerDependencies, enabled))
	runtime.Must(utilfeature.DefaultMutableFeatureGate.OverrideDefault(ContainerDependencyEagerProbes, enabled))
}
