// SPDX-License-Identifier: Apache-2.0

package lint

import (
	"fmt"
	"slices"

	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/pkg/api/v1/dependency"
)

// proxies are the names that meshes give to the proxies that they inject.
var proxies = []string{"istio-proxy", "linkerd-proxy", "kuma-sidecar", "consul-dataplane", "osm-proxy"}

// istio is the proxy of the mesh that rewrites the probes of other containers.
const istio = "istio-proxy"

// meshTypes finds proxies that are Standard containers.
var meshTypes = rule{
	Rule{"mesh-proxy-not-sidecar", "A mesh proxy is a Standard container: apps do not wait for it, and it keeps a Job from completing."},
	func(c *checked) []Problem {
		var found []Problem
		for _, l := range all(c.Pod) {
			if !l.native && slices.Contains(proxies, l.Name) && c.Graph.IsStandard(l.Name) {
				found = append(found, Problem{Path: l.path, Message: fmt.Sprintf(
					`the mesh proxy %q is a Standard container: say that it is a Sidecar, with the annotation %s%s: '{"type": "Sidecar"}'`,
					l.Name, dependency.AnnotationPrefix, l.Name)})
			}
		}
		return found
	},
}

// meshNatives finds entries that would have a native sidecar wait.
var meshNatives = rule{
	Rule{"native-does-not-wait", "A container is to start before a native sidecar, which starts before all regular containers."},
	func(c *checked) []Problem {
		var found []Problem
		for _, d := range c.Dropped {
			if d.Reason != dependency.StartsFirst || d.Strength != dependency.Named {
				continue
			}
			remedy := "make one of them the other kind"
			if d.Dependent == istio {
				remedy = `have the proxy injected as a regular container, with the pod annotation sidecar.istio.io/nativeSidecar: "false"`
			}
			found = append(found, Problem{Path: d.Path.String(), Message: fmt.Sprintf(
				"%q is to start before %q, which is a native sidecar and starts before all regular containers, so the entry is ignored: %s",
				d.Dependency, d.Dependent, remedy)})
		}
		return found
	},
}

// meshProbes finds probes that go through the proxy which waits for them.
var meshProbes = rule{
	Rule{"mesh-rewrites-probe", "The mesh proxy waits for a container whose probes it would have to answer."},
	func(c *checked) []Problem {
		if c.Pod.Pod.Annotations["sidecar.istio.io/rewriteAppHTTPProbers"] == "false" || !c.Graph.IsStandard(istio) && !c.Graph.IsSidecar(istio) {
			return nil
		}
		var found []Problem
		for _, l := range all(c.Pod) {
			if !c.awaits(istio, l.Name) {
				continue
			}
			for _, probe := range []struct {
				name string
				of   *v1.Probe
			}{{"startupProbe", l.StartupProbe}, {"readinessProbe", l.ReadinessProbe}} {
				if probe.of == nil || probe.of.HTTPGet == nil && probe.of.TCPSocket == nil && probe.of.GRPC == nil {
					continue
				}
				found = append(found, Problem{Path: l.path + "." + probe.name, Message: fmt.Sprintf(
					"the mesh has its proxy %q answer this probe, and the proxy waits for %q, so both would wait for ever: use an exec probe, or "+
						`the pod annotation sidecar.istio.io/rewriteAppHTTPProbers: "false"`, istio, l.Name)})
			}
		}
		return found
	},
}
