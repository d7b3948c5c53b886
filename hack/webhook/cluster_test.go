// SPDX-License-Identifier: Apache-2.0

package webhook

import (
	"crypto/tls"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	order    = "container.lifecycle.alpha.kubernetes.io/"
	label    = "node-restriction.kubernetes.io/container-dependencies"
	busybox  = "image: registry.k8s.io/e2e-test-images/busybox:1.37.0-2"
	missing  = "correct the name in the annotation, or remove the annotation"
	probe    = `readinessProbe: {exec: {command: ["true"]}}`
	policyOf = "require-ordering-nodes.yaml"
)

// template returns a pod template of an app and a proxy, with an order that is said about the named container.
func template(about, restart, more string) string {
	return fmt.Sprintf(`{metadata: {labels: {app: web}, annotations: {%s%s: '{"type": "Sidecar"}'}},
    spec: {%srestartPolicy: %s, terminationGracePeriodSeconds: 5, containers: [{name: app, %s, command: [sleep, "3600"]},
      {name: proxy, %s, command: [sleep, "3600"], restartPolicy: Always, %s}]}}`, order, about, more, restart, busybox, busybox, probe)
}

// object returns an object of the kind whose order is about the named container.
func object(kind, name, about string) string {
	always, never := template(about, "Always", ""), template(about, "Never", "")
	switch kind {
	case "Pod":
		return strings.Replace(fmt.Sprintf("{apiVersion: v1, kind: Pod, %s", always[1:]), "metadata: {", "metadata: {name: "+name+", ", 1)
	case "Job":
		return fmt.Sprintf("{apiVersion: batch/v1, kind: Job, metadata: {name: %s}, spec: {template: %s}}", name, never)
	case "CronJob":
		return fmt.Sprintf("{apiVersion: batch/v1, kind: CronJob, metadata: {name: %s}, spec: {schedule: '0 0 1 1 *', "+
			"jobTemplate: {spec: {template: %s}}}}", name, never)
	case "PodTemplate":
		return fmt.Sprintf("{apiVersion: v1, kind: PodTemplate, metadata: {name: %s}, template: %s}", name, always)
	case "ReplicationController":
		return fmt.Sprintf("{apiVersion: v1, kind: ReplicationController, metadata: {name: %s}, "+
			"spec: {replicas: 0, selector: {app: web}, template: %s}}", name, always)
	}
	more := "replicas: 0, "
	switch kind {
	case "StatefulSet":
		more += "serviceName: web, "
	case "DaemonSet":
		more = ""
	}
	return fmt.Sprintf("{apiVersion: apps/v1, kind: %s, metadata: {name: %s}, spec: {%sselector: {matchLabels: {app: web}}, template: %s}}",
		kind, name, more, always)
}

// kinds are those that the webhook knows, with the paths of their pods' metadata.
var kinds = map[string]string{
	"Pod": "", "Deployment": "spec.template.", "StatefulSet": "spec.template.", "DaemonSet": "spec.template.", "ReplicaSet": "spec.template.",
	"Job": "spec.template.", "ReplicationController": "spec.template.", "PodTemplate": "template.", "CronJob": "spec.jobTemplate.spec.template.",
}

// setPolicy sets the failure policy of all webhooks that validate.
func setPolicy(t *testing.T, policy string) {
	t.Helper()
	var patch []string
	for i := range 4 {
		patch = append(patch, fmt.Sprintf(`{"op": "replace", "path": "/webhooks/%d/failurePolicy", "value": %q}`, i, policy))
	}
	must(t, "", "kubectl", "patch", "validatingwebhookconfiguration", "order-webhook", "--type=json",
		"--patch=["+strings.Join(patch, ",")+"]")
	// The API server learns of it by a watch.
	time.Sleep(2 * time.Second)
}

func scale(t *testing.T, replicas int) {
	t.Helper()
	must(t, "", "kubectl", "scale", "-n", "order-webhook", "deployment/order-webhook", fmt.Sprintf("--replicas=%d", replicas))
	eventually(t, 4*time.Minute, func() string {
		if found := endpoints(t); len(found) != replicas {
			return fmt.Sprintf("%d of %d replicas are ready:\n%s", len(found), replicas, describe(t))
		}
		return ""
	})
}

func describe(t *testing.T) string {
	pods, _ := output(t, "", "kubectl", "describe", "pods", "-n", "order-webhook")
	logs, _ := output(t, "", "kubectl", "logs", "-n", "order-webhook", "-l", "app=order-webhook", "--tail=30", "--prefix")
	return pods + logs
}

// dryRun asks the API server what it would do with an object.
var dryRun = []string{"kubectl", "create", "--dry-run=server", "-f", "-"}

// TestCluster is one story: its steps build on one another.
func TestCluster(t *testing.T) {
	needCluster(t)
	invalid := object("Deployment", "before", "proxi")
	must(t, invalid, "kubectl", "create", "-f", "-")
	must(t, object("Pod", "any", "proxi"), dryRun...)

	began := time.Now()
	loadImage(t)
	serve(t, "10.96.0.1", "443", func() []string { return []string{"127.0.0.1:6443"} })
	must(t, "", "kubectl", "apply", "-k", filepath.Join(*manifests, "order-webhook", "node-selector"))
	address := must(t, "", "kubectl", "get", "service", "-n", "order-webhook", "order-webhook", "-o", "jsonpath={.spec.clusterIP}")
	proxy := serve(t, address, "443", func() []string { return endpoints(t) })
	eventually(t, 5*time.Minute, func() string {
		if found := endpoints(t); len(found) != 2 {
			return "the replicas are not ready:\n" + describe(t)
		}
		return ""
	})
	eventually(t, time.Minute, func() string {
		for _, kind := range []string{"validating", "mutating"} {
			text := must(t, "", "kubectl", "get", kind+"webhookconfigurations", "-o", "jsonpath={.items[*].webhooks[*].clientConfig.caBundle}")
			if want := map[string]int{"validating": 4, "mutating": 2}[kind]; len(strings.Fields(text)) != want {
				return "a configuration has no certificate of the authority:\n" + describe(t)
			}
		}
		return ""
	})
	t.Logf("both replicas answer %v after the installation began", time.Since(began).Round(time.Second))
	time.Sleep(2 * time.Second) // The API server learns of the authority by a watch.

	t.Run("refuses", func(t *testing.T) {
		for kind, base := range kinds {
			must(t, object(kind, "web", "proxy"), dryRun...)
			refused(t, object(kind, "web", "proxi"), []string{
				kind + ` "web" is invalid`, base + "metadata.annotations[" + order + "proxi]", missing}, dryRun...)
		}
		must(t, `{apiVersion: v1, kind: Pod, metadata: {name: plain}, spec: {containers: [{name: app, `+busybox+`}]}}`, dryRun...)
		refused(t, object("Pod", "web", "proxi"), []string{missing}, "kubectl", "create", "-f", "-")
		refused(t, "", []string{`pods "web" not found`}, "kubectl", "get", "pod", "web")
		must(t, object("Pod", "web", "proxi"), append([]string{"kubectl", "-n", "kube-system"}, dryRun[1:]...)...)
	})
	t.Run("warns", func(t *testing.T) {
		trap := strings.Replace(object("Deployment", "web", "proxy"), ", "+probe, "", 1)
		if text := must(t, trap, dryRun...); !strings.Contains(text, "Warning: spec.template.spec.containers[1]") ||
			!strings.Contains(text, "[sidecar-without-probe]") {
			t.Errorf("there is no warning:\n%s", text)
		}
	})
	t.Run("hostile", func(t *testing.T) {
		many := make([]string, 2000)
		for i := range many {
			many[i] = fmt.Sprintf("{name: c-%d, %s}", i, busybox)
		}
		aliases := `{apiVersion: v1, kind: Pod, metadata: {name: web, annotations: {` + order + `app: "a: &a [x, x]\nb: [*a, *a]"}},
			spec: {containers: [{name: app, ` + busybox + `}]}}`
		tests := map[string]struct{ object, says string }{
			"2,000 containers": {`{apiVersion: v1, kind: Pod, metadata: {name: web, annotations: {` + order + `c-0: "{}"}},
				spec: {containers: [` + strings.Join(many, ", ") + `]}}`, "a pod that uses ordering may have 128"},
			"YAML aliases": {aliases, "YAML anchor or alias"},
			"a great value": {`{apiVersion: v1, kind: Pod, metadata: {name: web, annotations: {` + order + `app: "` +
				strings.Repeat("x", 200<<10) + `"}},
				spec: {containers: [{name: app, ` + busybox + `}]}}`, "it has 204800 bytes, and may have 16384"},
		}
		for name, test := range tests {
			began := time.Now()
			refused(t, test.object, []string{test.says}, dryRun...)
			t.Logf("%s: refused in %v, with kubectl", name, time.Since(began).Round(10*time.Millisecond))
		}
	})
	t.Run("what was invalid before", func(t *testing.T) {
		// Failure policy Fail shows that the webhook is not even asked.
		must(t, "", "kubectl", "scale", "deployment/before", "--replicas=1")
		must(t, "", "kubectl", "label", "deployment/before", "a=b")
		must(t, "", "kubectl", "patch", "deployment/before", "--patch", `{"metadata": {"finalizers": ["example.com/hold"]}}`)
		must(t, "", "kubectl", "set", "image", "deployment/before", "app=registry.k8s.io/e2e-test-images/busybox:1.37.0-1")
		refused(t, "", []string{missing, order + "other"}, "kubectl", "patch", "deployment/before", "--patch",
			`{"spec": {"template": {"metadata": {"annotations": {"`+order+`other": "{}"}}}}}`)
		eventually(t, time.Minute, func() string {
			text := must(t, "", "kubectl", "get", "deployment", "before", "-o", "jsonpath={.status.conditions}")
			if !strings.Contains(text, missing) {
				return "the Deployment does not say why it has no pods: " + text
			}
			return ""
		})
		must(t, "", "kubectl", "delete", "deployment/before", "--wait=false")
		must(t, "", "kubectl", "patch", "deployment/before", "--patch", `{"metadata": {"finalizers": null}}`)
		eventually(t, time.Minute, func() string {
			if text, there := output(t, "", "kubectl", "get", "deployment", "before"); there {
				return "it is not deleted: " + text
			}
			return ""
		})
	})
	t.Run("adds the selector", func(t *testing.T) {
		path := map[string]string{"Pod": "{.spec.nodeSelector}", "DaemonSet": "{.spec.template.spec.nodeSelector}",
			"Deployment": "{.spec.template.spec.nodeSelector}"}
		selector := `{"` + label + `":"true"}`
		for kind, want := range map[string]string{"Pod": selector, "DaemonSet": selector, "Deployment": ""} {
			if got := must(t, object(kind, "web", "proxy"), append(dryRun[:3:3], "-f", "-", "-o", "jsonpath="+path[kind])...); got != want {
				t.Errorf("%s: the selector is %q, want %q", kind, got, want)
			}
		}
		must(t, "", "kubectl", "apply", "-f", filepath.Join(*manifests, policyOf))
		time.Sleep(5 * time.Second) // The policy is compiled.
		must(t, object("Pod", "web", "proxy"), dryRun...)
	})
	t.Run("rotates", func(t *testing.T) { rotates(t, proxy) })
	t.Run("is down", func(t *testing.T) {
		scale(t, 0)
		proxy.hangUp()
		isDown(t, "no endpoints")
	})
	t.Run("does not answer", func(t *testing.T) {
		proxy.silent.Store(true)
		isDown(t, "a server that is silent")
		proxy.silent.Store(false)
		proxy.hangUp()
	})
	t.Run("is back", func(t *testing.T) {
		scale(t, 2)
		proxy.hangUp()
		eventually(t, time.Minute, func() string {
			if text, ok := output(t, object("Pod", "web", "proxi"), dryRun...); ok {
				return "an invalid order is taken: " + text
			}
			return ""
		})
	})
}

// isDown checks what the failure policies do while nothing answers.
func isDown(t *testing.T, how string) {
	plain := `{apiVersion: v1, kind: Pod, metadata: {name: plain}, spec: {containers: [{name: app, ` + busybox + `}]}}`
	setPolicy(t, "Ignore")
	began := time.Now()
	must(t, object("Deployment", "down", "proxi"), "kubectl", "create", "-f", "-")
	t.Logf("%s: an invalid Deployment is taken after %v (Ignore)", how, time.Since(began).Round(10*time.Millisecond))
	refused(t, object("Pod", "web", "proxy"), []string{"require-ordering-nodes", "add the nodeSelector"}, dryRun...)

	setPolicy(t, "Fail")
	began = time.Now()
	refused(t, object("Deployment", "web", "proxy"), []string{`failed calling webhook "templates.order-webhook.local"`}, dryRun...)
	t.Logf("%s: a valid Deployment is refused after %v (Fail)", how, time.Since(began).Round(10*time.Millisecond))
	// What has no order, and what does not change one, does not need the webhook.
	must(t, plain, dryRun...)
	must(t, "", "kubectl", "label", "deployment/down", "a=b")
	must(t, "", "kubectl", "scale", "deployment/down", "--replicas=2")
	must(t, "", "kubectl", "patch", "deployment/down", "--patch", `{"metadata": {"finalizers": ["example.com/hold"]}}`)
	must(t, "", "kubectl", "patch", "deployment/down", "--patch", `{"metadata": {"finalizers": null}}`)
	must(t, "", "kubectl", "delete", "deployment/down")
	setPolicy(t, "Ignore")
}

// served returns the certificates that the replicas serve.
func served(t *testing.T) string {
	var all []string
	for _, address := range endpoints(t) {
		dialer := &tls.Dialer{NetDialer: &net.Dialer{Timeout: 5 * time.Second}, Config: &tls.Config{InsecureSkipVerify: true}}
		conn, err := dialer.DialContext(t.Context(), "tcp", address)
		if err != nil {
			all = append(all, err.Error())
			continue
		}
		all = append(all, fmt.Sprintf("%x", conn.(*tls.Conn).ConnectionState().PeerCertificates[0].Signature[:8]))
		conn.Close()
	}
	return strings.Join(all, " ")
}

// rotates replaces the certificate while reviews come in. With failure policy Fail, each review that is not answered is seen.
func rotates(t *testing.T, proxy *service) {
	setPolicy(t, "Fail")
	defer setPolicy(t, "Ignore")
	before := served(t)
	began := time.Now()
	must(t, "", "kubectl", "patch", "secret", "-n", "order-webhook", "order-webhook", "--patch",
		`{"data": {"tls.crt": "", "tls.key": ""}}`)
	reviews := 0
	for after := before; ; after = served(t) {
		words := strings.Fields(after)
		if len(words) == 2 && words[0] == words[1] && words[0] != strings.Fields(before)[0] {
			break
		}
		if time.Since(began) > 4*time.Minute {
			t.Fatalf("the replicas still serve %q:\n%s", after, describe(t))
		}
		// Connections from before must not hide what a new one meets.
		proxy.hangUp()
		must(t, object("Deployment", "web", "proxy"), dryRun...)
		refused(t, object("Deployment", "web", "proxi"), []string{missing}, dryRun...)
		reviews += 2
	}
	proxy.hangUp()
	for range 5 {
		must(t, object("Deployment", "web", "proxy"), dryRun...)
		refused(t, object("Deployment", "web", "proxi"), []string{missing}, dryRun...)
		reviews += 2
	}
	// Who applies the manifests again must not take the certificate away.
	secret := []string{"kubectl", "get", "secret", "-n", "order-webhook", "order-webhook", "-o", "jsonpath={.data}"}
	kept := must(t, "", secret...)
	must(t, "", "kubectl", "apply", "-k", filepath.Join(*manifests, "order-webhook", "node-selector"))
	if now := must(t, "", secret...); now != kept || !strings.Contains(now, "tls.crt") {
		t.Errorf("applying the manifests again changes the Secret")
	}
	refused(t, object("Deployment", "web", "proxi"), []string{missing}, dryRun...)
	t.Logf("both replicas serve the new certificate after %v; %d reviews meanwhile, all answered",
		time.Since(began).Round(time.Second), reviews)
}
