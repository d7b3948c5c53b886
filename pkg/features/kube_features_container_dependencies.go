// SPDX-License-Identifier: Apache-2.0

package features

import (
	"strconv"

	"k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/apimachinery/pkg/util/version"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/component-base/featuregate"
)

// ContainerDependencies lets the kubelet start and stop the containers of a pod in the order of their dependencies, and the
// API server keep the fields of container.lifecycle that say it: with the gate off it drops them, unless the object had some
// before.
//
// It is alpha, and on by default in this fork: whoever runs these programs has chosen it. A pod that does not use
// ordering is not affected either way.
const ContainerDependencies featuregate.Feature = "ContainerDependencies"

// ContainerDependencyEagerProbes lets the kubelet probe a container more often than its probe's period says while other
// containers wait for its startup or readiness.
//
// It has no effect without ContainerDependencies, and is on by default with it. It does not declare that dependency: to
// turn that gate off would then be an error unless this one is turned off, too.
const ContainerDependencyEagerProbes featuregate.Feature = "ContainerDependencyEagerProbes"

// containerDependenciesDefault is a variable so that a test binary can be linked with the other default (-ldflags -X):
// upstream's own tests have to pass with the gate off and with it on.
var containerDependenciesDefault = "true"

// The gates join upstream's before upstream registers them, with the defaults that upstream demands of alpha gates.
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

// Files are initialized in the order of their names: by now upstream has registered the gates.
func init() {
	enabled, err := strconv.ParseBool(containerDependenciesDefault)
	runtime.Must(err)
	runtime.Must(utilfeature.DefaultMutableFeatureGate.OverrideDefault(ContainerDependencies, enabled))
	runtime.Must(utilfeature.DefaultMutableFeatureGate.OverrideDefault(ContainerDependencyEagerProbes, enabled))
}
