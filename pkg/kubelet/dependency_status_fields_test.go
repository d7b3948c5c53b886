// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/apis/core"
	corev1 "k8s.io/kubernetes/pkg/apis/core/v1"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/images"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
	"k8s.io/kubernetes/pkg/printers"
	"k8s.io/kubernetes/pkg/printers/internalversion"
)

// fieldsOf returns the fields of a pod's status by path, and what kubectl get pods prints for it. Containers and conditions
// are in the path by name; the lists of regular and of init containers are one.
func fieldsOf(t *testing.T, pod *v1.Pod) map[string]string {
	t.Helper()
	s := *pod.Status.DeepCopy()
	s.ContainerStatuses = slices.Concat(s.InitContainerStatuses, s.ContainerStatuses)
	s.InitContainerStatuses = nil
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	fields := map[string]string{"kubectl": printed(t, pod)}
	var walk func(path string, value any)
	walk = func(path string, value any) {
		switch value := value.(type) {
		case map[string]any:
			for key, v := range value {
				walk(strings.TrimPrefix(path+"."+key, "."), v)
			}
		case []any:
			for i, v := range value {
				name := fmt.Sprint(i)
				if object, ok := v.(map[string]any); ok && (path == "containerStatuses" || path == "conditions") {
					name = fmt.Sprint(object["name"])
					if path == "conditions" {
						name = fmt.Sprint(object["type"])
					}
				}
				walk(strings.TrimSuffix(path, "Statuses")+"/"+name, v)
			}
		default:
			fields[path] = fmt.Sprint(value)
		}
	}
	walk("", tree)
	return fields
}

// printed returns the columns READY and STATUS of kubectl get pods.
func printed(t *testing.T, pod *v1.Pod) string {
	t.Helper()
	var internal core.Pod
	if err := corev1.Convert_v1_Pod_To_core_Pod(pod.DeepCopy(), &internal, nil); err != nil {
		t.Fatal(err)
	}
	table, err := printers.NewTableGenerator().With(internalversion.AddHandlers).GenerateTable(&internal, printers.GenerateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s %s", table.Rows[0].Cells[1], table.Rows[0].Cells[2])
}

// differences returns what the status of an ordered pod has and what upstream's has not, and the other way around, one line
// per field.
func differences(t *testing.T, upstream, ordered *v1.Pod) (found []string) {
	t.Helper()
	was, is := fieldsOf(t, upstream), fieldsOf(t, ordered)
	paths := maps.Clone(was)
	maps.Copy(paths, is)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		if was[path] != is[path] {
			found = append(found, fmt.Sprintf("%s: %s -> %s", path, was[path], is[path]))
		}
	}
	return found
}

// comparedStep is a moment in the life of a pod, and how its status differs from upstream's.
type comparedStep struct {
	name string
	moment
	// restart means that a new kubelet process looks at the moment.
	restart bool
	// edit changes both pods.
	edit func(*v1.Pod)
	want []string
}

// comparedPod returns a Sidecar "proxy" with all kinds of probes and the Standard container "app", and upstream's closest
// equivalent: the same with a native sidecar.
func comparedPod(policy v1.RestartPolicy) (upstream, ordered *v1.Pod) {
	ordered = dependencyPod(policy)
	slices.Reverse(ordered.Spec.Containers)
	for i := range ordered.Spec.Containers {
		c := &ordered.Spec.Containers[i]
		c.Image, c.ReadinessProbe = "image", idleProbe()
		c.Resources.Requests = v1.ResourceList{v1.ResourceCPU: resource.MustParse("10m")}
		c.VolumeMounts = []v1.VolumeMount{{Name: "data", MountPath: "/data"}}
	}
	proxy := &ordered.Spec.Containers[0]
	proxy.StartupProbe, proxy.RestartPolicy = idleProbe(), ptr.To(v1.ContainerRestartPolicyAlways)
	upstream = ordered.DeepCopy()
	upstream.UID, upstream.Annotations = "native", nil
	upstream.Spec.InitContainers, upstream.Spec.Containers = upstream.Spec.Containers[:1:1], upstream.Spec.Containers[1:]
	return upstream, ordered
}

// plainPod returns an ordered pod in which "app" waits for the success of "certs", and the same pod without the order.
func plainPod(policy v1.RestartPolicy) (upstream, ordered *v1.Pod) {
	ordered = dependencyPod(policy)
	ordered.Annotations = map[string]string{
		dependency.AnnotationPrefix + "app": validOrder}
	ordered.Spec.Containers = []v1.Container{{Name: "app", Image: "image"},
		{Name: "certs", Image: "image", RestartPolicy: ptr.To(v1.ContainerRestartPolicyNever)}}
	upstream = ordered.DeepCopy()
	upstream.UID, upstream.Annotations = "plain", nil
	return upstream, ordered
}

// restartAllPod is plainPod with a rule that restarts all containers.
func restartAllPod(policy v1.RestartPolicy) (upstream, ordered *v1.Pod) {
	upstream, ordered = plainPod(policy)
	for _, pod := range []*v1.Pod{upstream, ordered} {
		app := &pod.Spec.Containers[0]
		app.RestartPolicy = ptr.To(v1.ContainerRestartPolicyNever)
		app.RestartPolicyRules = []v1.ContainerRestartRule{{Action: v1.ContainerRestartRuleActionRestartAllContainers,
			ExitCodes: &v1.ContainerRestartRuleOnExitCodes{Operator: v1.ContainerRestartRuleOnExitCodesOpIn, Values: []int32{77}}}}
	}
	return upstream, ordered
}

// The differences that several steps have.
const (
	never         = `"app" can never start: it waits for "certs" to be Succeeded, which has exited with code 1`
	proxyCreating = "container/proxy.state.waiting.reason: PodInitializing -> ContainerCreating"
	stopsApp      = `stopping "app"; "proxy" waits for "app"`
)

// waits are the differences of the app of comparedPod while it waits for a proxy in that state.
func waits(state, upstreamPrints string) []string {
	return []string{
		`container/app.state.waiting.message:  -> waiting for "proxy" to be Ready (` + state + `)`,
		"container/app.state.waiting.reason: PodInitializing -> WaitingForDependencies",
		"kubectl: 0/2 " + upstreamPrints + " -> 0/2 WaitingForDependencies",
	}
}

// isInitialized are those of the condition Initialized, which speaks of init containers alone.
func isInitialized(more ...string) []string {
	return append([]string{
		"conditions/Initialized.message: containers with incomplete status: [proxy] -> ",
		"conditions/Initialized.reason: ContainersNotInitialized -> ",
		"conditions/Initialized.status: False -> True",
	}, more...)
}

// isFailed are those of a pod that fails because of a dependency.
func isFailed(conditions ...string) []string {
	return append(conditions,
		"conditions/ContainersReady.message: containers with unready status: [app certs] -> ",
		"conditions/ContainersReady.reason: ContainersNotReady -> PodFailed",
		"conditions/Ready.message: containers with unready status: [app certs] -> ",
		"conditions/Ready.reason: ContainersNotReady -> PodFailed",
		"container/app.state.waiting.message:  -> "+never,
		"container/app.state.waiting.reason: ContainerCreating -> DependencyFailed",
		"kubectl: 0/2 ContainerCreating -> 0/2 DependencyFailed",
		"message:  -> "+never,
		"phase: Pending -> Failed",
		"reason:  -> DependencyFailed")
}

// isReadyWithoutCerts are those of a pod whose "certs" has succeeded, while that container, or none, is unready.
func isReadyWithoutCerts(unready string) (found []string) {
	for _, condition := range []string{"ContainersReady", "Ready"} {
		path := "conditions/" + condition
		if unready != "" {
			found = append(found, fmt.Sprintf("%s.message: containers with unready status: [%s certs] -> containers with unready status: [%s]",
				path, unready, unready))
			continue
		}
		found = append(found, path+".message: containers with unready status: [certs] -> ", path+".reason: ContainersNotReady -> ",
			path+".status: False -> True")
	}
	if unready == "" {
		found = append(found, "kubectl: 1/2 NotReady -> 1/2 Running")
	}
	return found
}

// isHeld are those of a held pod.
func isHeld(t *testing.T) []string {
	_, pod := plainPod(v1.RestartPolicyAlways)
	setOrder(pod, invalidOrder)
	_, err := ordering.ForPod(pod)
	if err == nil {
		t.Fatal("the order is valid")
	}
	return []string{
		"container/app.state.waiting.message:  -> " + seePodStatus,
		"container/app.state.waiting.reason: ContainerCreating -> InvalidContainerLifecycle",
		"container/certs.state.waiting.message:  -> " + seePodStatus,
		"container/certs.state.waiting.reason: ContainerCreating -> InvalidContainerLifecycle",
		"kubectl: 0/2 ContainerCreating -> 0/2 InvalidContainerLifecycle",
		"message:  -> " + err.Error(),
		"reason:  -> InvalidContainerLifecycle",
	}
}

// heldBack are those of an app that has run in a former sandbox and waits in the next one.
var heldBack = []string{
	"container/app.lastState.terminated.containerID:  -> test://app-0",
	"container/app.lastState.terminated.exitCode:  -> 137",
	"container/app.lastState.terminated.finishedAt:  -> 2100-01-01T00:00:08Z",
	"container/app.lastState.terminated.reason:  -> Error",
	"container/app.lastState.terminated.startedAt:  -> 2100-01-01T00:00:01Z",
	"container/app.state.terminated.containerID: test://app-0 -> ",
	"container/app.state.terminated.exitCode: 137 -> ",
	"container/app.state.terminated.finishedAt: 2100-01-01T00:00:08Z -> ",
	"container/app.state.terminated.reason: Error -> ",
	"container/app.state.terminated.startedAt: 2100-01-01T00:00:01Z -> ",
	`container/app.state.waiting.message:  -> waiting for "proxy" to be Ready (exited with code 137, will be restarted)`,
	"container/app.state.waiting.reason:  -> WaitingForDependencies",
	"kubectl: 0/2 Error -> 0/2 WaitingForDependencies",
}

// stops is the difference of a pod that is stopping while these containers are unready.
func stops(unready, message string) string {
	if unready == "" {
		return "conditions/ContainersReady.message:  -> " + message
	}
	was := "containers with unready status: [" + unready + "]"
	return "conditions/ContainersReady.message: " + was + " -> " + was + "; " + message
}

// at returns the moment of a pod in its first sandbox.
func at(records map[string]testRecord) moment { return moment{sandbox: 1, records: records} }

// after returns the moment of a pod whose sandbox is gone.
func after(records map[string]testRecord) moment {
	former := map[string]testRecord{}
	for name, r := range records {
		r.former = true
		former[name] = r
	}
	return moment{sandbox: 1, lost: true, records: former}
}

func (m moment) because(container string, err error) moment {
	m.reasons = map[string]error{container: err}
	return m
}

// stops returns the moment with the progress of the stop; told reports whether the pod worker has been told to stop the pod.
func (m moment) stops(told bool, progress string) moment {
	m.stopping, m.stop = told, progress
	return m
}

func (m moment) exceeds(container string) moment {
	m.exceeded = []string{container}
	return m
}

// ends returns the moment of a pod whose containers have all been stopped.
func (m moment) ends() moment {
	m.stopping, m.terminal = true, true
	return m
}

func setOrder(pod *v1.Pod, text string) { pod.Annotations[dependency.AnnotationPrefix+"app"] = text }

// Every field of the status of an ordered pod is that of the same pod with a native sidecar, or without an order, but for the
// differences listed here. KEP.md has the reason for each, in "Status, field by field".
func TestDependencyStatusFieldByField(t *testing.T) {
	onlyOrdered := func(edit func(*v1.Pod)) func(*v1.Pod) {
		return func(pod *v1.Pod) {
			if pod.UID == "uid" {
				edit(pod)
			}
		}
	}
	isDeleted := func(pod *v1.Pod) { pod.DeletionTimestamp = &metav1.Time{Time: second0} }
	crashLoop := kubecontainer.ErrCrashLoopBackOff
	type records = map[string]testRecord
	second := moment{sandbox: 2, records: records{"proxy": isReady.restarted(2), "app": isReady.restarted(1)}}
	secondStops := moment{sandbox: 2, records: records{"proxy": isReady.restarted(2), "app": exitOf(0, 9).restarted(1)}}
	secondForgotten := moment{sandbox: 2, records: records{"proxy": isForgotten.restarted(2), "app": exitOf(0, 9).restarted(1)}}
	secondKilled := moment{sandbox: 2, records: records{"proxy": exitOf(137, 9).restarted(2), "app": exitOf(0, 9).restarted(1)}}
	jobEnded := records{"proxy": exitOf(143, 7), "app": exitOf(0, 5)}
	jobCrashed := records{"proxy": exitOf(139, 7), "app": exitOf(0, 5)}
	isCompleted := []string{"container/proxy.state.terminated.reason: Error -> Completed"}
	isKilled := []string{"container/proxy.state.terminated.message:  -> ended as ExceededStopLimit; did not stop within 2s",
		isCompleted[0]}
	lost := records{"proxy": exitOf(137, 8).restarted(1).in(true), "app": exitOf(137, 8).in(true)}

	for name, tt := range map[string]struct {
		pods   func(v1.RestartPolicy) (upstream, ordered *v1.Pod)
		policy v1.RestartPolicy
		steps  []comparedStep
	}{
		"a Sidecar and a native sidecar": {comparedPod, v1.RestartPolicyAlways, []comparedStep{
			{name: "no sandbox yet",
				want: isInitialized(slices.Insert(waits("not created", "Init:0/1"), 2, proxyCreating)...)},
			{name: "no container yet", moment: at(nil),
				want: isInitialized(slices.Insert(waits("not created", "Init:0/1"), 2, proxyCreating)...)},
			{name: "the image cannot be pulled", moment: at(nil).because("proxy", images.ErrImagePullBackOff),
				want: isInitialized(waits("not created", "Init:ImagePullBackOff")...)},
			{name: "created", moment: at(records{"proxy": isCreated}), want: isInitialized(waits("created", "Init:0/1")...)},
			{name: "not started", moment: at(records{"proxy": isStarting}),
				want: isInitialized(waits("not started since 2026-11-22T08:00:00Z", "Init:0/1")...)},
			{name: "not ready", moment: at(records{"proxy": isUnready}),
				want: waits("not ready, running since 2026-11-22T08:00:00Z", "PodInitializing")},
			{name: "the app's turn", moment: at(records{"proxy": isReady}), want: []string{
				"container/app.state.waiting.reason: PodInitializing -> ContainerCreating",
				"kubectl: 1/2 PodInitializing -> 1/2 ContainerCreating"}},
			{name: "the app is not ready", moment: at(records{"proxy": isReady, "app": isUnready})},
			{name: "all ready", moment: at(records{"proxy": isReady, "app": isReady})},
			{name: "unready", moment: at(records{"proxy": isUnready, "app": isReady})},
			{name: "crashed", moment: at(records{"proxy": exitOf(1, 5), "app": isReady}),
				want: []string{"kubectl: 1/2 Init:Error -> 1/2 Error"}},
			{name: "in back-off", moment: at(records{"proxy": exitOf(1, 5), "app": isReady}).because("proxy", crashLoop),
				want: []string{"kubectl: 1/2 Init:CrashLoopBackOff -> 1/2 CrashLoopBackOff"}},
			{name: "restarted", moment: at(records{"proxy": isReady.restarted(1), "app": isReady})},
			{name: "kubelet restarts", restart: true, moment: at(records{"proxy": isForgotten.restarted(1), "app": isForgotten})},
			{name: "probed again", moment: at(records{"proxy": isReady.restarted(1), "app": isReady})},
			{name: "sandbox lost", moment: moment{sandbox: 1, lost: true, records: lost}, want: heldBack},
			{name: "new sandbox", moment: moment{sandbox: 2, records: lost}, want: heldBack},
			{name: "ready again", moment: second},
			{name: "deleted", edit: isDeleted, moment: second.stops(true, stopsApp), want: []string{stops("", stopsApp)}},
			{name: "the app has stopped", moment: secondStops.stops(true, `stopping "proxy"`),
				want: []string{stops("app", `stopping "proxy"`)}},
			{name: "kubelet restarts during the stop", restart: true, moment: secondForgotten.stops(true, `stopping "proxy"`),
				want: []string{stops("proxy app", `stopping "proxy"`)}},
			{name: "the proxy exceeded its limit", moment: secondKilled.stops(true, "").exceeds("proxy"), want: isKilled},
			{name: "gone", moment: secondKilled.ends(), want: isKilled},
		}},
		"in a Job": {comparedPod, v1.RestartPolicyNever, []comparedStep{
			{name: "all ready", moment: at(records{"proxy": isReady, "app": isReady})},
			{name: "the app has succeeded", moment: at(records{"proxy": isReady, "app": exitOf(0, 5)}).stops(false, `stopping "proxy"`),
				want: []string{stops("app", `stopping "proxy"`), "kubectl: 1/2 Completed -> 1/2 NotReady"}},
			{name: "kubelet restarts", restart: true,
				moment: at(records{"proxy": isForgotten, "app": exitOf(0, 5)}).stops(false, `stopping "proxy"`),
				want:   []string{stops("proxy app", `stopping "proxy"`)}},
			{name: "complete", moment: after(records{"proxy": exitOf(143, 6), "app": exitOf(0, 5)}),
				want: []string{"container/proxy.state.terminated.reason: Error -> Completed"}},
			{name: "gone", moment: after(records{"proxy": exitOf(143, 6), "app": exitOf(0, 5)}).ends(),
				want: []string{"container/proxy.state.terminated.reason: Error -> Completed"}},
			{name: "records are gone", moment: moment{}.ends(),
				want: []string{"container/proxy.state.terminated.reason: Error -> Completed"}},
		}},
		"in a Job whose Sidecar exceeds its limit": {comparedPod, v1.RestartPolicyNever, []comparedStep{
			{name: "all ready", moment: at(records{"proxy": isReady, "app": isReady})},
			{name: "complete", moment: after(records{"proxy": exitOf(137, 6), "app": exitOf(0, 5)}).exceeds("proxy"), want: isKilled},
			{name: "kubelet restarts", restart: true, moment: after(records{"proxy": exitOf(137, 6), "app": exitOf(0, 5)}), want: isKilled},
			{name: "records are gone", moment: moment{}.ends(), want: isKilled},
		}},
		"in a Job whose Sidecar has crashed before": {comparedPod, v1.RestartPolicyNever, []comparedStep{
			{name: "all ready", moment: at(records{"proxy": isReady, "app": isReady})},
			{name: "in back-off", moment: at(records{"proxy": exitOf(1, 5), "app": isReady}).because("proxy", crashLoop),
				want: []string{"kubectl: 1/2 Init:CrashLoopBackOff -> 1/2 CrashLoopBackOff"}},
			{name: "complete", moment: after(records{"proxy": exitOf(1, 5), "app": exitOf(0, 6)}).because("proxy", crashLoop),
				want: []string{
					"container/proxy.lastState.terminated.containerID: test://proxy-0 -> ",
					"container/proxy.lastState.terminated.exitCode: 1 -> ",
					"container/proxy.lastState.terminated.finishedAt: 2100-01-01T00:00:05Z -> ",
					"container/proxy.lastState.terminated.reason: Error -> ",
					"container/proxy.lastState.terminated.startedAt: 2100-01-01T00:00:01Z -> ",
					"container/proxy.state.terminated.containerID:  -> test://proxy-0",
					"container/proxy.state.terminated.exitCode:  -> 1",
					"container/proxy.state.terminated.finishedAt:  -> 2100-01-01T00:00:05Z",
					"container/proxy.state.terminated.reason:  -> Completed",
					"container/proxy.state.terminated.startedAt:  -> 2100-01-01T00:00:01Z",
					"container/proxy.state.waiting.message: message of proxy -> ",
					"container/proxy.state.waiting.reason: CrashLoopBackOff -> "}},
		}},
		"in a Job whose Sidecar stops": {comparedPod, v1.RestartPolicyNever, []comparedStep{
			{name: "complete", moment: after(jobEnded), want: isCompleted},
			{name: "records are gone", moment: moment{}.ends(), want: isCompleted},
			{name: "kubelet restarts", restart: true, moment: after(jobEnded).ends(), want: isCompleted},
		}},
		"in a Job whose Sidecar crashes": {comparedPod, v1.RestartPolicyNever, []comparedStep{
			{name: "complete", moment: after(jobCrashed), want: isCompleted},
			{name: "kubelet restarts", restart: true, moment: after(jobCrashed).ends(), want: isCompleted},
		}},
		"in a Job that fails": {comparedPod, v1.RestartPolicyNever, []comparedStep{
			{name: "all ready", moment: at(records{"proxy": isReady, "app": isReady})},
			{name: "the app has failed", moment: at(records{"proxy": isReady, "app": exitOf(1, 5)}).stops(false, `stopping "proxy"`),
				want: []string{stops("app", `stopping "proxy"`)}},
			{name: "over", moment: after(records{"proxy": exitOf(143, 6), "app": exitOf(1, 5)})},
		}},
		"an evicted pod": {comparedPod, v1.RestartPolicyAlways, []comparedStep{
			{name: "all ready", moment: at(records{"proxy": isReady, "app": isReady})},
			{name: "evicted", edit: func(pod *v1.Pod) {
				pod.Status.Phase, pod.Status.Reason, pod.Status.Message = v1.PodFailed, "Evicted", "The node was low on resource: memory."
				pod.Status.Conditions = append(pod.Status.Conditions, v1.PodCondition{
					Type: v1.DisruptionTarget, Status: v1.ConditionTrue, Reason: v1.PodReasonTerminationByKubelet})
			}, moment: at(records{"proxy": isReady, "app": isReady}).stops(true, stopsApp), want: []string{stops("", stopsApp)}},
			{name: "gone", moment: after(records{"proxy": exitOf(143, 6), "app": exitOf(143, 5)}).ends()},
		}},
		"a finished dependency": {plainPod, v1.RestartPolicyAlways, []comparedStep{
			{name: "it has succeeded", moment: at(records{"certs": exitOf(0, 5)}), want: isReadyWithoutCerts("app")},
			{name: "the app runs", moment: at(records{"certs": exitOf(0, 5), "app": isReady}), want: isReadyWithoutCerts("")},
			{name: "kubelet restarts", restart: true, moment: at(records{"certs": exitOf(0, 5), "app": isForgotten}), want: isReadyWithoutCerts("")},
			{name: "sandbox lost", moment: moment{sandbox: 1, lost: true,
				records: records{"certs": exitOf(0, 5).in(true), "app": exitOf(137, 6).in(true)}}, want: isReadyWithoutCerts("app")},
			{name: "new sandbox", moment: moment{sandbox: 2, records: records{"certs": exitOf(0, 5).in(true), "app": exitOf(137, 6).in(true)}},
				want: isReadyWithoutCerts("app")},
			{name: "the app runs again", moment: moment{sandbox: 2, records: records{"certs": exitOf(0, 5).in(true), "app": isReady.restarted(1)}},
				want: isReadyWithoutCerts("")},
		}},
		"a failed dependency under policy Never": {plainPod, v1.RestartPolicyNever, []comparedStep{
			{name: "it runs", moment: at(records{"certs": isReady}), want: []string{
				`container/app.state.waiting.message:  -> waiting for "certs" to be Succeeded (running)`,
				"container/app.state.waiting.reason: ContainerCreating -> WaitingForDependencies",
				"kubectl: 1/2 ContainerCreating -> 1/2 WaitingForDependencies"}},
			{name: "it has failed", moment: at(records{"certs": exitOf(1, 5)}), want: isFailed()},
			{name: "over", moment: after(records{"certs": exitOf(1, 5)}).ends(), want: isFailed()},
		}},
		"a failed dependency under policy Always": {plainPod, v1.RestartPolicyAlways, []comparedStep{
			{name: "it has failed", moment: at(records{"certs": exitOf(1, 5)}), want: append(isReadyWithoutCerts("app"),
				"container/app.state.waiting.message:  -> "+never,
				"container/app.state.waiting.reason: ContainerCreating -> DependencyFailed",
				"kubectl: 0/2 ContainerCreating -> 0/2 DependencyFailed")},
		}},
		"a failed dependency of a pod that may restart all containers": {restartAllPod, v1.RestartPolicyNever, []comparedStep{
			{name: "it has failed", moment: at(records{"certs": exitOf(1, 5)}),
				want: isFailed("conditions/AllContainersRestarting.reason:  -> PodFailed")},
		}},
		"a held pod": {plainPod, v1.RestartPolicyAlways, []comparedStep{
			{name: "held", edit: onlyOrdered(func(pod *v1.Pod) { setOrder(pod, invalidOrder) }), want: isHeld(t)},
			{name: "corrected", edit: onlyOrdered(func(pod *v1.Pod) { setOrder(pod, validOrder) }), want: []string{
				`container/app.state.waiting.message:  -> waiting for "certs" to be Succeeded (not created)`,
				"container/app.state.waiting.reason: ContainerCreating -> WaitingForDependencies",
				"kubectl: 0/2 ContainerCreating -> 0/2 WaitingForDependencies"}},
			{name: "held again", edit: onlyOrdered(func(pod *v1.Pod) { setOrder(pod, invalidOrder) }), want: isHeld(t)},
			{name: "the order is removed", edit: onlyOrdered(func(pod *v1.Pod) { clear(pod.Annotations) })},
		}},
		"a held pod that is deleted": {plainPod, v1.RestartPolicyAlways, []comparedStep{
			{name: "held", edit: onlyOrdered(func(pod *v1.Pod) { setOrder(pod, invalidOrder) }), want: isHeld(t)},
			{name: "deleted", moment: moment{}.stops(true, ""), want: isHeld(t)},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			upstream, ordered := tt.pods(tt.policy)
			k := newStatusKubelet(t)
			for _, step := range tt.steps {
				if step.restart {
					k.restart()
				}
				for _, pod := range []*v1.Pod{upstream, ordered} {
					if step.edit != nil {
						step.edit(pod)
						k.statusManager.SetPodStatus(klog.FromContext(t.Context()), pod, pod.Status)
					}
				}
				k.show(t, upstream, withoutOrder(step.moment))
				k.show(t, ordered, step.moment)
				if diff := gocmp.Diff(step.want, differences(t, upstream, ordered)); diff != "" {
					t.Errorf("%s: differences (-want +got):\n%s", step.name, diff)
				}
			}
		})
	}
}

// withoutOrder returns the moment of a pod that is stopped without an order.
func withoutOrder(m moment) moment {
	m.stop, m.exceeded = "", nil
	return m
}
