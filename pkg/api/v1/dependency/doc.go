// SPDX-License-Identifier: Apache-2.0

// Package dependency implements the policy of container ordering. It builds a graph from the ordering that a pod
// declares, and derives decisions from the graph and the observed state of the containers. It does not depend on the
// kubelet or on a container runtime. It keeps no state, starts no goroutines and reads no clock, so any kubelet process
// that observes the same facts makes the same decisions.
//
// # From a pod to a graph
//
//	pod ── FromPod ──► Plan ── New ──► Graph ── Decide ──► Decisions   (start, probes and pulls while waiting, completion, failure)
//	                    ▲  │             │
//	        ParsePlan ──┘  └── Encode    └──── StopsAfter, StopStages, StopMessage, StopSchedule  (stop)
//
// Explain says where each edge of a pod comes from.
//
// These terms have the same meaning throughout the project:
//
//	plan         the ordering that a pod declares, decoded but not validated
//	graph        a valid plan: which container waits for which
//	observation  the state of the containers at one moment
//	decisions    what follows from a graph and an observation
//	order        in the kubelet: the graph in force for a pod, and the decisions for one of its statuses
//	record       in the kubelet: what one process remembers about a pod or a container; correctness never depends on it
//	pass         in the kubelet: one call of upstream's SyncPod, and what that call may do
//	schedule     when the kubelet tells each container to stop, and how long the container has
//
// A container declares its ordering in its lifecycle field:
//
//	spec:
//	  containers:
//	  - name: proxy
//	    lifecycle:
//	      type: Sidecar
//	      before:
//	      - type: Sidecar
//	  - name: app
//	    lifecycle:
//	      dependsOn:
//	      - container: certs
//	        condition: Succeeded
//
// A stock API server drops fields that it does not know, so an annotation can hold the same object:
//
//	metadata:
//	  annotations:
//	    container.lifecycle.alpha.kubernetes.io/proxy: '{"type":"Sidecar","before":[{"type":"Sidecar"}]}'
//	    container.lifecycle.alpha.kubernetes.io/app: '{"dependsOn":[{"container":"certs","condition":"Succeeded"}]}'
//
// If a container has both, they must be equivalent: only defaults and the order of lists may differ. One pod may use the
// field for some containers and the annotation for others. Native sidecars can have both, with less to say; other init
// containers and ephemeral containers can have neither. The
// v1.Lifecycle that this package imports may lack the fields, so functions that read a pod take a LifecycleFunc. Each
// problem is reported at the path of the field or annotation that causes it.
//
// The API server rejects a pod or a pod template with invalid fields (see ProblemsOfField). It does not validate the
// annotations of a pod that does not use the field. The kubelet validates those, and holds an invalid pod.
//
// A kubelet stores ("pins") the Plan with the pod's sandbox, so that the order in force at the sandbox's creation stays
// in force. New validates a plan and reports all of its problems at once.
//
// # Edges
//
// An edge from X to Y means that X waits for Y and stops before it. What a pod says about a pair has one of four strengths:
//
//	Named      an entry that names a container: Y in the dependsOn of X, or X in the before of Y
//	ByType     an entry for every other container of a type
//	BySidecar  Y is of type Sidecar, and X is Standard
//	ByList     X comes after Y in the list, and Y has a postStart hook: only the start of Y must have ended, and the stop of
//	           both is not ordered
//
// For each pair the strongest statement counts; of two that are equally strong, the one of X. Then the strengths are added one after the
// other, strongest first. A statement that is not named is dropped if both of its ends lie in one strongly connected
// component of the graph of all edges that are as strong or stronger. All such statements of one strength are dropped at
// once, so the result does not depend on the order of the pod's lists, except for ByList. Only named edges can form a
// cycle, and a cycle makes the pod invalid. No edge leads from a native sidecar, which starts before all regular
// containers and stops after them.
//
// The condition None always holds: X does not wait for Y, and still stops before it.
//
// # States of a container, as its dependents see it
//
//	            ┌──────────── restarted by its policy ───────────┐
//	            ▼                                                │
//	none ──► created ──► running ──► running ──► running ──► exited ──► exited for good
//	                                 started     ready                  Completed, or Succeeded with code 0 by itself
//
// Started and Ready are evaluated in the active sandbox, Completed and Succeeded on the newest record in any sandbox. What has
// Succeeded has done its part: it is Started and Ready, too, also after a reboot.
// A condition holds, does not hold yet, or can never hold. If a condition of a container can never hold, neither the
// container nor its dependents can ever start: Decide follows such a chain to its root cause.
//
// The gate of a container opens once per sandbox: if a container has any record in the active sandbox, only its restart
// policy decides whether it restarts.
//
// # Stop time
//
// A pod has one deadline to stop. A container that is told to stop has the time left until the deadline, minus a floor
// of 2 s for each later stage. If the containers of a chain all ignore the signal, their stop looks like this:
//
//	│◄──────────────────────── grace period ────────────────────────►│
//	│ app: all but the floors                    │ proxy: 2 s │ certs: 2 s │
//
// If less time is left than the floors need, the remaining stages share it. For each container, StopSchedule has the latest
// time of its stop, its time limit and the containers that must stop first. The kubelet, the specs and the tools all use it.
//
// A preStop hook runs in the container's turn, within its limit, or as soon as the pod begins to stop (see HookAtTermination);
// the stop signal always comes in turn.
//
// # Guarantees
//
// This package and the kubelet together guarantee the following for every pod. Comments refer to the guarantees by letter;
// KEP.md lists their tests.
//
//   - S, start: no container starts in a sandbox before its edges hold. No container starts twice, or in a terminating pod.
//   - T, termination: no container is told to stop while one of its dependents runs within its limit.
//   - J, jobs: once a Standard container has started, Sidecars neither keep the pod from completing nor determine its phase.
//   - L, liveness: every pod terminates, reaches a running state, or reports why it waits.
//   - U, unused: for a pod that does not use ordering, and for every pod while the feature gate is off, the kubelet makes
//     the same state-changing calls as upstream.
//   - R, restarts: all guarantees hold across kubelet restarts at any moment.
//   - B, bounds: work and text are bounded for any input, and no pod costs another pod its starts, probes, pulls or events.
//     The bounds of this package are the constants from MaxLifecycleBytes on.
package dependency
