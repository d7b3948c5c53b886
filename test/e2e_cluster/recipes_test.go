// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	batchv1 "k8s.io/api/batch/v1"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/utils/actor"
)

// usage is how a spec uses a recipe.
type usage struct {
	// labels are for the namespace.
	labels []string
	// annotations are for the pods, as their namespace would set them.
	annotations map[string]string
	// platform are the manifests of the platform team, and app is that of the app team.
	platform []string
	app      string
	// webhooks are the injectors that the platform has bought.
	webhooks map[string]mutation
	cast     cast
	// ordered are containers that get an annotation.
	ordered []string
}

// follow sets up what the platform needs, waits until it is in force and creates the app.
func (c *cluster) follow(ctx context.Context, u usage) *standIns {
	ginkgo.GinkgoHelper()
	s := c.useStandIns(ctx, actor.NewStage(), u.cast)
	if u.annotations != nil {
		c.installWebhook(ctx, "0-namespace", nil, func(pod *v1.Pod) {
			if pod.Annotations == nil {
				pod.Annotations = map[string]string{}
			}
			maps.Copy(pod.Annotations, u.annotations)
		})
	}
	for name, m := range u.webhooks {
		c.installWebhook(ctx, name, nil, m)
	}
	for _, name := range u.platform {
		c.useRecipe(ctx, name)
	}
	if len(u.labels) > 0 {
		c.label(ctx, u.labels...)
	}
	probe := apps("probe", nil)
	probe.Spec.Volumes = []v1.Volume{{Name: "data", VolumeSource: v1.VolumeSource{
		PersistentVolumeClaim: &v1.PersistentVolumeClaimVolumeSource{ClaimName: "data"},
	}}}
	gomega.Eventually(ctx, func(ctx context.Context) (*v1.Pod, error) { return c.admit(ctx, probe) }).Should(gomega.And(
		gomega.Satisfy(haveStandIns), gomega.Satisfy(func(pod *v1.Pod) bool {
			for _, name := range u.ordered {
				if pod.Annotations[dependency.AnnotationPrefix+name] == "" || !hasContainer(pod, name) {
					return false
				}
			}
			for name, value := range u.annotations {
				if pod.Annotations[name] != value {
					return false
				}
			}
			return true
		})), "the platform's manifests and injectors are in force")
	c.kubectl(ctx, "apply", "-f", recipe(u.app))
	return s
}

var _ = ginkgo.Describe("The recipes", ginkgo.Label(stockServer), func() {
	c := inNamespace()

	// liveAndDie follows the recipe, waits for the app, deletes it and returns what happened in its pod.
	liveAndDie := func(ctx context.Context, u usage) actor.Timeline {
		ginkgo.GinkgoHelper()
		s := c.follow(ctx, u)
		c.kubectl(ctx, "rollout", "status", "deployment/shop", "--timeout=1m")
		c.getPods(ctx)
		pod := c.onlyPod(ctx, "shop")
		c.kubectl(ctx, "delete", "-f", recipe(u.app), "--wait=false")
		c.expectGone(ctx)
		return s.stage.Timeline().Of(pod.Name)
	}
	meshFirst := func(proxy string) [][2]string {
		return [][2]string{
			{proxy + " up", "web start"}, {proxy + " up", "worker start"}, {"web exit", proxy + " term"}, {"worker exit", proxy + " term"},
		}
	}

	ginkgo.DescribeTable("of a mesh should start the proxy before the apps and stop it after them",
		func(ctx context.Context, u usage, proxy string, also ...[2]string) {
			u.app, u.ordered = "app.yaml", []string{proxy}
			t := liveAndDie(ctx, u)
			expectPairs(t, append(meshFirst(proxy), also...)...)
		},
		ginkgo.Entry("with Istio, native", usage{
			labels: []string{"istio-injection=enabled"}, platform: []string{"istio.yaml"},
			webhooks: map[string]mutation{istioWebhook: injectIstio}, cast: istioCast,
			// The early notice to drain comes as the stop begins.
		}, "istio-proxy", [2]string{"istio-proxy drain", "web exit"}),
		ginkgo.Entry("with Istio, regular", usage{
			labels: []string{"istio-injection=enabled"}, platform: []string{"istio.yaml"},
			annotations: map[string]string{"sidecar.istio.io/nativeSidecar": "false"},
			webhooks:    map[string]mutation{istioWebhook: injectIstio}, cast: istioCast,
		}, "istio-proxy", [2]string{"istio-proxy awaited", "web start"}),
		ginkgo.Entry("with Linkerd, native", usage{
			platform: []string{"linkerd.yaml"}, webhooks: map[string]mutation{linkerdWebhook: injectLinkerd}, cast: linkerdCast,
		}, "linkerd-proxy"),
		ginkgo.Entry("with Linkerd, regular", usage{
			annotations: map[string]string{"config.linkerd.io/proxy-enable-native-sidecar": "false"},
			platform:    []string{"linkerd.yaml"}, webhooks: map[string]mutation{linkerdWebhook: injectLinkerd}, cast: linkerdCast,
		}, "linkerd-proxy", [2]string{"linkerd-proxy awaited", "web start"}),
	)

	certificatesCast := func() cast {
		roles := maps.Clone(istioCast)
		roles["registry.example/certificate-agent"] = role{tools: map[string]string{"/usr/bin/certificate-agent": "certificate-agent"}}
		return roles
	}

	ginkgo.It("of Istio should start the certificate agent before the proxy", func(ctx context.Context) {
		t := liveAndDie(ctx, usage{
			labels: []string{"istio-injection=enabled"}, platform: []string{"istio.yaml", "istio-certificates.yaml"}, app: "app.yaml",
			webhooks: map[string]mutation{istioWebhook: injectIstio}, cast: certificatesCast(), ordered: []string{"istio-proxy", "certs"},
		})
		expectPairs(t, append(meshFirst("istio-proxy"),
			[2]string{"certs up", "istio-proxy start"}, [2]string{"istio-proxy exit", "certs term"})...)
	})

	ginkgo.It("of Istio should warn rightly of a probe that Istio rewrites: the proxy waits for ever, and says for what",
		func(ctx context.Context) {
			roles := certificatesCast()
			roles["registry.example/certificate-agent"] = role{}
			s := c.follow(ctx, usage{
				labels: []string{"istio-injection=enabled"}, platform: []string{"istio.yaml", "istio-certificates.yaml"}, app: "app.yaml",
				webhooks: map[string]mutation{
					"a-other-probe": func(pod *v1.Pod) {
						for i := range pod.Spec.Containers {
							if pod.Spec.Containers[i].Name == "certs" {
								pod.Spec.Containers[i].ReadinessProbe = httpProbe(8181, "/ready")
							}
						}
					},
					istioWebhook: injectIstio,
				},
				cast: roles, ordered: []string{"istio-proxy", "certs"},
			})
			s.stage.WaitFor(ctx, "certs up")
			pod := c.onlyPod(ctx, "shop")
			c.expectPod(ctx, pod.Name, gomega.And(actor.HaveRunning("certs"),
				actor.HaveWaiting("istio-proxy", events.WaitingForDependencies, gomega.ContainSubstring(`"certs" to be Ready`))),
				"the proxy waits for the certificate agent")
			c.getPods(ctx)
			ginkgo.By(c.kubectl(ctx, "get", "pod/"+pod.Name, "-o",
				`jsonpath={range .status.containerStatuses[*]}{.name}{"\t"}{.state.waiting.message}{"\n"}{end}`))
			gomega.Expect(s.stage.Timeline().Of(pod.Name)).To(actor.NotHappen("istio-proxy start", "web start"))
		})

	ginkgo.It("of Vault should give the apps their secrets, and revoke the token when they have stopped", func(ctx context.Context) {
		t := liveAndDie(ctx, usage{
			labels: []string{"vault-secrets=enabled"}, platform: []string{"vault.yaml"}, app: "app.yaml",
			webhooks: map[string]mutation{vaultWebhook: injectVault}, cast: vaultCast, ordered: []string{"vault-agent"},
		})
		expectPairs(t, append(meshFirst("vault-agent"),
			[2]string{"web exit", "vault-agent revoke"}, [2]string{"worker exit", "vault-agent revoke"},
			[2]string{"vault-agent revoke", "vault-agent term"})...)
		gomega.Expect(t).To(actor.NotHappen("vault-agent-init start", "web lacks /vault/secrets/db", "worker lacks /vault/secrets/db"))
	})

	ginkgo.It("of Cloud SQL should keep the proxy until the apps have stopped", func(ctx context.Context) {
		proxy := "csql-" + c.namespace + "-db"
		t := liveAndDie(ctx, usage{
			labels: []string{"cloud-sql=enabled"}, platform: []string{"cloud-sql.yaml"}, app: "app.yaml",
			webhooks: map[string]mutation{cloudSQLWebhook: injectCloudSQL(c.namespace)}, cast: cloudSQLCast, ordered: []string{proxy},
		})
		expectPairs(t, [2]string{proxy + " up", "web start"}, [2]string{proxy + " up", "worker start"},
			[2]string{"web exit", proxy + " quit"}, [2]string{"worker exit", proxy + " quit"}, [2]string{proxy + " quit", proxy + " exit"})
	})

	ginkgo.It("of a collector should have it before and after all others, a mesh included", func(ctx context.Context) {
		t := liveAndDie(ctx, usage{
			labels: []string{"telemetry=enabled"}, platform: []string{"collector.yaml", "linkerd.yaml"}, app: "app.yaml",
			annotations: map[string]string{"config.linkerd.io/proxy-enable-native-sidecar": "false"},
			webhooks:    map[string]mutation{linkerdWebhook: injectLinkerd}, cast: linkerdCast,
			ordered: []string{"otc-container", "linkerd-proxy"},
		})
		expectPairs(t, append(append(meshFirst("linkerd-proxy"), meshFirst("otc-container")...),
			[2]string{"otc-container up", "linkerd-proxy start"}, [2]string{"linkerd-proxy exit", "otc-container term"})...)
	})

	ginkgo.It("of a file system should have it mounted as long as the app runs", func(ctx context.Context) {
		remote := filepath.Join(ginkgo.GinkgoT().TempDir(), "remote")
		gomega.Expect(os.Mkdir(remote, 0o777)).To(gomega.Succeed())
		gomega.Expect(os.WriteFile(filepath.Join(remote, "there"), nil, 0o644)).To(gomega.Succeed())
		u := usage{
			labels: []string{"juicefs.com/enable-serverless-injection=true"}, platform: []string{"fuse.yaml"}, app: "fuse-app.yaml",
			webhooks: map[string]mutation{fuseWebhook: injectFUSE}, cast: fuseCast(remote), ordered: []string{"jfs-mount"},
		}
		t := liveAndDie(ctx, u)
		expectPairs(t, [2]string{"jfs-mount mounted", "web start"}, [2]string{"web exit", "jfs-mount term"})
		gomega.Expect(t).To(actor.NotHappen("web lacks /data/there"))
		gomega.Expect(filepath.Join(remote, "last")).To(gomega.BeAnExistingFile(), "what the app wrote when it was told to stop")
	})

	ginkgo.DescribeTable("of a cron job should complete with a proxy that does not exit by itself",
		func(ctx context.Context, annotations map[string]string) {
			s := c.follow(ctx, usage{
				annotations: annotations, platform: []string{"linkerd.yaml"}, app: "report.yaml",
				webhooks: map[string]mutation{linkerdWebhook: injectLinkerd},
				cast: cast{
					"registry.example/report": {env: map[string]string{"SECONDS_UP": "1"}},
					"cr.l5d.io/linkerd/proxy": linkerdCast["cr.l5d.io/linkerd/proxy"],
				},
				ordered: []string{"linkerd-proxy"},
			})
			c.kubectl(ctx, "create", "job", "report", "--from=cronjob/report")
			c.kubectl(ctx, "wait", "job/report", "--for=condition=Complete", "--timeout=90s")
			pod := c.onlyPod(ctx, "report")
			expectPairs(s.stage.Timeline().Of(pod.Name),
				[2]string{"linkerd-proxy up", "report start"}, [2]string{"report exit", "linkerd-proxy term"})
			gomega.Expect(c.getPods(ctx)).To(gomega.ContainSubstring("Completed"), "kubectl get pods")
		},
		ginkgo.Entry("native", nil),
		ginkgo.Entry("regular", map[string]string{"config.linkerd.io/proxy-enable-native-sidecar": "false"}),
	)

	ginkgo.DescribeTable("of steps should run them one after another, up to one that fails",
		func(ctx context.Context, test int, goal batchv1.JobConditionType, phase v1.PodPhase, timeline ...string) {
			runs := map[string]string{"SECONDS_UP": "0.3"}
			s := c.follow(ctx, usage{app: "steps.yaml", cast: cast{
				"registry.example/git":     {env: runs},
				"registry.example/go":      {env: map[string]string{"SECONDS_UP": "0.3", "CODE": fmt.Sprint(test)}},
				"registry.example/builder": {env: runs},
			}})
			c.kubectl(ctx, "wait", "job/build", "--for=condition="+string(goal), "--timeout=90s")
			pod := c.onlyPod(ctx, "build")
			pod, err := c.client.CoreV1().Pods(c.namespace).Get(ctx, pod.Name, metav1.GetOptions{})
			gomega.Expect(err).NotTo(gomega.HaveOccurred())
			gomega.Expect(pod.Status.Phase).To(gomega.Equal(phase), "phase")
			gomega.Expect(s.stage.Timeline().Of(pod.Name)).To(actor.HappenOnceInOrder(timeline...))
			c.getPods(ctx)
			if phase == v1.PodFailed {
				ginkgo.By("The pod's message: " + pod.Status.Message)
				gomega.Expect(s.stage.Timeline().Of(pod.Name)).To(actor.NotHappen("step-push start"))
				gomega.Expect(pod.Status.Reason).To(gomega.Equal(events.DependencyFailed), "the pod's reason")
			}
		},
		ginkgo.Entry("all succeed", 0, batchv1.JobComplete, v1.PodSucceeded,
			"sidecar-registry up", "step-clone start", "step-clone exit", "step-test start", "step-test exit", "step-push start",
			"step-push exit", "sidecar-registry term", "sidecar-registry exit"),
		ginkgo.Entry("the tests fail", 1, batchv1.JobFailed, v1.PodFailed,
			"sidecar-registry up", "step-clone start", "step-clone exit", "step-test start", "step-test exit", "sidecar-registry term"),
	)
})
