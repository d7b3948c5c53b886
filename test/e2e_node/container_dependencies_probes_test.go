// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"net"
	"strconv"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	admissionapi "k8s.io/pod-security-admission/api"

	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/e2e/framework"
	e2enode "k8s.io/kubernetes/test/e2e/framework/node"
	"k8s.io/kubernetes/test/utils/actor"
)

var _ = SIGDescribe("Container Dependencies probes", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-probes")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	// opens answers on the port from the cue "open" on.
	opens := func(c *v1.Container) {
		c.Command = actor.Command(`trap 'note exit; exit 143' TERM; note start; await open; httpd -p 8080 -h /stage; await done`)
	}
	byHTTP := v1.ProbeHandler{HTTPGet: &v1.HTTPGetAction{Path: "/script", Port: intstr.FromInt32(8080)}}
	byTCP := v1.ProbeHandler{TCPSocket: &v1.TCPSocketAction{Port: intstr.FromInt32(8080)}}

	ginkgo.DescribeTable("should open the gate", func(ctx context.Context, condition string, probed func(*v1.Container)) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("probed", v1.RestartPolicyAlways,
			map[string]string{"app": `{"dependsOn":[{"container":"proxy","condition":"` + condition + `"}]}`},
			actor.New("app"), actor.New("proxy", opens, probed)))
		stage.WaitFor(ctx, "proxy start")
		expectPod(ctx, f, pod, actor.HaveWaiting("app", events.WaitingForDependencies,
			gomega.ContainSubstring(`waiting for "proxy" to be `+condition)), "the app waits")
		stage.Cue("proxy.open")
		stage.WaitFor(ctx, "app start")
		gomega.Expect(stage.Timeline()).To(actor.HappenOnceInOrder("proxy start", "spec proxy.open", "app start"))
		expectPod(ctx, f, pod, gomega.And(beReady(), haveNoRestarts()), "the pod is Ready")
	},
		ginkgo.Entry("when an HTTP readiness probe passes", "Ready", func(c *v1.Container) {
			c.ReadinessProbe = &v1.Probe{ProbeHandler: byHTTP, PeriodSeconds: 10}
		}),
		ginkgo.Entry("when a TCP readiness probe passes", "Ready", func(c *v1.Container) {
			c.ReadinessProbe = &v1.Probe{ProbeHandler: byTCP, PeriodSeconds: 10}
		}),
		ginkgo.Entry("when an HTTP startup probe passes", "Started", func(c *v1.Container) {
			c.StartupProbe = &v1.Probe{ProbeHandler: byHTTP, PeriodSeconds: 1, FailureThreshold: 600}
		}),
		ginkgo.Entry("when a TCP startup probe passes", "Started", func(c *v1.Container) {
			c.StartupProbe = &v1.Probe{ProbeHandler: byTCP, PeriodSeconds: 1, FailureThreshold: 600}
		}),
	)

	// The kubelet sends gRPC probes to the pod's address. That of a pod in the host's network is the node's, where this spec answers.
	ginkgo.It("should open the gate when a gRPC readiness probe passes, in a pod in the host's network", func(ctx context.Context) {
		addresses := e2enode.GetAddresses(getLocalNode(ctx, f), v1.NodeInternalIP)
		gomega.Expect(addresses).NotTo(gomega.BeEmpty(), "the node's addresses")
		listener, err := net.Listen("tcp", net.JoinHostPort(addresses[0], "0"))
		framework.ExpectNoError(err, "listen on the node's address")
		server, status := grpc.NewServer(), health.NewServer()
		grpc_health_v1.RegisterHealthServer(server, status)
		status.SetServingStatus("", grpc_health_v1.HealthCheckResponse_NOT_SERVING)
		go func() { _ = server.Serve(listener) }()
		ginkgo.DeferCleanup(server.Stop)
		_, port, err := net.SplitHostPort(listener.Addr().String())
		framework.ExpectNoError(err, "read the port")
		number, err := strconv.ParseInt(port, 10, 32)
		framework.ExpectNoError(err, "read the port")

		stage := actor.NewStage()
		pod := actorPod("on-host", v1.RestartPolicyAlways, map[string]string{"proxy": sidecar}, actor.New("app"),
			actor.New("proxy", func(c *v1.Container) {
				c.ReadinessProbe = &v1.Probe{ProbeHandler: v1.ProbeHandler{GRPC: &v1.GRPCAction{Port: int32(number)}}, PeriodSeconds: 10}
			}))
		pod.Spec.HostNetwork = true
		pod = createOnStage(ctx, f, stage, pod)
		stage.WaitFor(ctx, "proxy start")
		expectPod(ctx, f, pod, actor.HaveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(`"proxy" to be Ready`)),
			"the app waits")
		stage.Cue("proxy.serving")
		status.SetServingStatus("", grpc_health_v1.HealthCheckResponse_SERVING)
		stage.WaitFor(ctx, "app start")
		expectPod(ctx, f, pod, gomega.And(beReady(), haveNoRestarts()), "the pod is Ready")
		deletePod(ctx, f, pod)
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.Timeline()).To(actor.HappenOnceInOrder("proxy start", "spec proxy.serving", "app start", "app exit", "proxy term"))
	})
})
