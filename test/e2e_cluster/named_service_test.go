// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"k8s.io/kubernetes/test/utils/actor"
)

var _ = ginkgo.Describe("A Service", ginkgo.Label(kindNodes), func() {
	c := inNamespace()

	ginkgo.It("should be reached by name from an ordered pod on another node", func(ctx context.Context) {
		s := actor.NewStage()
		server := meshed(s, "", actor.Serving)
		all := append(c.workers(ctx, true), c.workers(ctx, false)...)
		gomega.Expect(len(all)).To(gomega.BeNumerically(">=", 2), "workers")
		all[1].pin(&server)
		_, err := c.client.AppsV1().Deployments(c.namespace).Create(ctx, deploymentOf("web", 2, server), metav1.CreateOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create the servers")
		_, err = c.client.CoreV1().Services(c.namespace).Create(ctx, &v1.Service{
			ObjectMeta: metav1.ObjectMeta{Name: "web"},
			Spec: v1.ServiceSpec{
				Selector: map[string]string{"app": "web"},
				Ports:    []v1.ServicePort{{Port: 80, TargetPort: intstr.FromInt32(actor.SitePort)}},
			},
		}, metav1.CreateOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create the service")
		c.kubectl(ctx, "rollout", "status", "deployment/web", patience)

		client := meshed(s, "", func(app *v1.Container) {
			app.Command = actor.Command(`note asks
				until printf 'GET / HTTP/1.0\r\n\r\n' | nc web 80 2>> /tmp/problems | grep -q quick; do
					[ -e /tmp/told ] || { touch /tmp/told; note "is not answered"; }
					sleep 0.2
				done
				note "is answered"; improvise`)
		})
		all[0].pin(&client)
		c.createPod(ctx, "client", client)
		s.WaitFor(ctx, "app is answered")
		c.kubectl(ctx, "wait", "pod/client", "--for=condition=Ready", patience)
		gomega.Expect(s.Timeline().Of("client")).To(actor.HappenOnceInOrder("certs up", "proxy start", "proxy up", "app asks", "app is answered",
			"app start"))
	})
})
