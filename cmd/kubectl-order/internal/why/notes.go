// SPDX-License-Identifier: Apache-2.0

package why

import (
	"errors"
	"fmt"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/pkg/api/v1/dependency"
)

// mark is in the version of a kubelet that follows orders.
const mark = "+ordering."

// Follows reports whether the node's kubelet follows orders, unless its feature gate is off.
func Follows(node *v1.Node) bool { return strings.Contains(node.Status.NodeInfo.KubeletVersion, mark) }

func (a *asking) note(do, format string, args ...any) {
	a.answer.Notes = append(a.answer.Notes, Note{Text: fmt.Sprintf(format, args...), Do: do})
}

func (a *asking) fine(format string, args ...any) {
	a.answer.Notes = append(a.answer.Notes, Note{Text: fmt.Sprintf(format, args...), Fine: true})
}

// notes finds what concerns the pod as a whole. invalid is the error of its order.
func (a *asking) notes(invalid error) {
	if !a.answer.Ordered {
		a.fine("the pod does not use ordering: its containers start in the order of their list")
	}
	a.invalid(invalid)
	status := &a.pod.Status
	switch {
	case a.pod.DeletionTimestamp != nil:
		a.stopping()
	case status.Phase == v1.PodFailed:
		a.note("", "the pod has failed: %s", reasoned(status.Reason, status.Message))
	case status.Phase == v1.PodSucceeded:
		a.fine("the pod has completed")
	case a.pod.Spec.NodeName == "":
		text := "no node has been chosen for the pod yet"
		if c := a.condition(v1.PodScheduled); c != nil && c.Status == v1.ConditionFalse {
			text = "no node takes the pod: " + reasoned(c.Reason, c.Message)
		}
		a.note("", "%s", text)
	}
	a.node()
	a.pending()
}

func reasoned(reason, message string) string {
	switch {
	case message == "":
		return reason
	case reason == "":
		return message
	}
	return reason + ": " + message
}

func (a *asking) condition(kind v1.PodConditionType) *v1.PodCondition {
	for i := range a.pod.Status.Conditions {
		if a.pod.Status.Conditions[i].Type == kind {
			return &a.pod.Status.Conditions[i]
		}
	}
	return nil
}

// invalid lists the problems of an order that cannot be followed.
func (a *asking) invalid(err error) {
	var refused *dependency.InvalidError
	if !errors.As(err, &refused) {
		return
	}
	began := "the kubelet cannot follow the order, and holds the pod"
	if a.answer.Node != "" && a.pod.Status.Reason != invalidLifecycle {
		began = "the order, as it now is, cannot be followed; what was valid when the pod's sandbox was created stays in force"
	}
	var problems []string
	for _, p := range refused.Problems {
		problems = append(problems, p.Error())
	}
	a.note("edit the annotation, or the template that the pod is made from", "%s: %s", began, strings.Join(problems, "; "))
}

// stopping says how far the stop of the pod is.
func (a *asking) stopping() {
	grace := dependency.DefaultGracePeriodSeconds
	if s := a.pod.DeletionGracePeriodSeconds; s != nil {
		grace = *s
	}
	end := a.pod.DeletionTimestamp.Time
	text := fmt.Sprintf("the pod stops since %s, and has until %s", clock(end.Add(-time.Duration(grace)*time.Second)), clock(end))
	if c := a.condition(v1.ContainersReady); c != nil && strings.Contains(c.Message, "stopping ") {
		_, progress, _ := strings.Cut(c.Message, "stopping ")
		text += ": stopping " + progress
	}
	a.note("", "%s", text)
	for i := range a.Events {
		if e := &a.Events[i]; e.Reason == "ExceededStopLimit" {
			a.note("give it a longer grace period or stopTimeoutSeconds, or have it exit on its signal", "%s: %s", About(e), e.Message)
		}
	}
}

// node says whether the kubelet follows the order.
func (a *asking) node() {
	if !a.answer.Ordered {
		return
	}
	if text, do := a.notInForce(); text != "" {
		a.note(do, "%s", text)
	}
}

// NotInForce says why the containers of a pod that uses ordering did not follow its order, or returns an empty text.
func NotInForce(f Facts) string {
	a := newAsking(f)
	if !a.answer.Ordered {
		return ""
	}
	_ = a.explain()
	text, _ := a.notInForce()
	return text
}

func (a *asking) notInForce() (text, do string) {
	if a.Node != nil && !Follows(a.Node) {
		return fmt.Sprintf("the kubelet of node %s (%s) does not follow orders: all containers start and stop at once",
				a.Node.Name, a.Node.Status.NodeInfo.KubeletVersion),
			"keep the pod off this node with a nodeSelector, or install the ordering kubelet there"
	}
	early, before := a.early()
	if early == "" {
		return "", ""
	}
	return fmt.Sprintf("the order is not in force: %q has started before %q, for which it should wait. The pod's sandbox is older than "+
			"the order, or the feature gate is off on the node", early, before),
		"delete the pod, so that a new one follows the order, if the order is newer than the sandbox; else look whether the node's " +
			"feature gate ContainerDependencies is on (kubectl order nodes --gates)"
}

// early returns a container that has started before one that it should have waited for. Only first starts tell.
func (a *asking) early() (container, dependency string) {
	if a.graph == nil {
		return "", ""
	}
	start := func(name string) (time.Time, bool) {
		s := a.statuses[name]
		switch {
		case s == nil || s.RestartCount > 0:
			return time.Time{}, false
		case s.State.Running != nil:
			return s.State.Running.StartedAt.Time, true
		case s.State.Terminated != nil:
			return s.State.Terminated.StartedAt.Time, true
		}
		// It waits: it has not started yet.
		return time.Unix(1<<40, 0), s.State.Waiting != nil && s.LastTerminationState.Terminated == nil
	}
	for i := range a.pod.Spec.Containers {
		name := a.pod.Spec.Containers[i].Name
		at, known := start(name)
		if !known || a.statuses[name].State.Waiting != nil {
			continue
		}
		for _, d := range a.graph.WaitsFor(name) {
			// Times in a status are in seconds.
			if other, known := start(d.Container); known && at.Before(other) {
				return name, d.Container
			}
		}
	}
	return "", ""
}

// pending finds what keeps the whole pod from starting.
func (a *asking) pending() {
	if a.pod.Status.Phase != v1.PodPending || a.pod.Spec.NodeName == "" || a.pod.DeletionTimestamp != nil {
		return
	}
	for i := range a.pod.Status.InitContainerStatuses {
		s := &a.pod.Status.InitContainerStatuses[i]
		if s.State.Running != nil && (s.Started == nil || !*s.Started) {
			a.fine("init container %q runs since %s: the containers after it wait for it", s.Name, clock(s.State.Running.StartedAt.Time))
		}
	}
	for _, reason := range []string{"FailedCreatePodSandBox", "FailedMount", "FailedAttachVolume", "NetworkNotReady"} {
		if e := a.last("", reason); e != nil {
			a.note("", "%s", told(e))
		}
	}
}
