// SPDX-License-Identifier: Apache-2.0

// Package dependency holds the whole policy of container ordering: it turns what a pod says about the order of its
// containers into a graph, and the graph and what is known of the containers into decisions. It knows nothing of a
// kubelet or a container runtime, keeps no state, starts no goroutine and reads no clock, so every decision can be
// made again from the same facts, by another kubelet process as well.
//
// # From a pod to a graph
//
//	pod ── FromPod ──► Plan ── New ──► Graph ── Decide ──► Decisions   (start, probes and pulls of a wait, completion, failure)
//	                    ▲  │             │
//	        ParsePlan ──┘  └── Encode    └──── StopsAfter, StopStages, StopMessage, StopSchedule  (stop)
//
// The words, each of which means one thing in all of the project:
//
//	plan         what a pod says, decoded and not judged
//	graph        a valid plan: who waits for whom
//	observation  what is known of the containers at one moment
//	decisions    what follows from a graph and an observation
//	order        in the kubelet: the graph that is in force for a pod, and the decisions on one status of it
//	record       in the kubelet: what one process remembers of a pod or a container; nothing depends on it
//	pass         in the kubelet: one call of upstream's SyncPod, and what it is allowed to do
//	schedule     when each container of a stop is told, and how long it has
//
// A container says it in its field:
//
//	spec:
//	  containers:
//	  - name: proxy
//	    lifecycle:
//	      type: Sidecar
//	  - name: app
//	    lifecycle:
//	      dependsOn:
//	      - container: certs
//	        condition: Succeeded
//
// or, as an API server drops the fields that it does not know, in an annotation that holds the same object:
//
//	metadata:
//	  annotations:
//	    container.lifecycle.alpha.kubernetes.io/proxy: '{"type":"Sidecar"}'
//	    container.lifecycle.alpha.kubernetes.io/app: '{"dependsOn":[{"container":"certs","condition":"Succeeded"}]}'
//
// A container that has both must say the same in both, defaults and the order of lists aside; containers of one pod may use
// the one and the other. Init containers and ephemeral containers have neither. The v1.Lifecycle of this package's imports
// may lack the fields, so what reads a pod is given a LifecycleFunc. A problem is reported where its cause stands: at the
// path of the field, or at that of the annotation.
//
// An API server refuses a pod or a template whose fields are invalid (ProblemsOfField), and leaves annotations alone to the
// kubelet, which holds the pod.
//
// A Plan is what the pod says, decoded but not judged. It is what a kubelet keeps ("pins") with the pod's sandbox,
// so that the order that was in force when the sandbox was made stays in force. New validates a plan and reports all
// of its problems at once.
//
// # Edges
//
// An edge from X to Y says that X waits for Y. Explicit edges come from dependsOn entries and from names in before.
// Candidate edges come from container types (every Standard container waits for every Sidecar to be Ready) and from
// the wildcard in before. A candidate gives way when its two ends lie in one strongly connected component of all the
// edges, explicit and candidate; all such candidates are dropped at once. So the graph does not depend on any order
// in the pod's lists, and only explicit edges can make a cycle, which makes the pod invalid.
//
// # States of a container, as seen from a container that waits for it
//
//	            ┌──────────── restarted by its policy ───────────┐
//	            ▼                                                │
//	none ──► created ──► running ──► running ──► running ──► exited ──► exited for good
//	                                 started     ready                  Completed, or Succeeded with code 0
//
// The conditions Started and Ready look at the active sandbox, Completed and Succeeded at the newest record in any.
// Evaluating a condition has three answers: it holds, it does not hold yet, or it can never hold. A container with an
// edge of the last kind can never start, and neither can what waits for it: Decide follows such chains to their root.
//
// The gate of a container opens once per sandbox: a container that has any record in the active sandbox is restarted
// by its own policy alone.
//
// # The time of a stop
//
// A pod has one deadline to stop. A container that is told to stop has what is left until then, less a floor of 2 s for
// each stage that is still to come after it, so that the stop of a chain of containers none of which obeys looks so:
//
//	│◄──────────────────────── grace period ────────────────────────►│
//	│ app: all but the floors                    │ proxy: 2 s │ certs: 2 s │
//
// When there is less than the floors need, all stages to come share it. StopSchedule says for each container when it is told
// at the latest, how long it has and on whom it waits. Whoever needs to know asks it: the kubelet, the specs, the tools.
//
// # Guarantees
//
// What this package and the kubelet together promise for any pod. Comments name them by their letters; KEP.md has the tests.
//
//   - S, start: no container starts in a sandbox before its edges hold; nothing starts twice, or in a terminating pod.
//   - T, termination: no container is told to stop while one that waits for it runs within its limit.
//   - J, jobs: once a Standard container has started, Sidecars neither keep the pod from completing nor decide its phase.
//   - L, liveness: every pod comes to an end or to a running state, or says why it waits.
//   - U, unused: a pod that does not use ordering, and every pod with the gate off, gets the state-changing calls that
//     upstream makes.
//   - R, restarts: all of these hold across kubelet restarts at any moment.
//   - B, bounds: work and text are bounded for any input, and no pod costs another its starts, probes, pulls or events. This one
//     holds in part so far; KEP.md says which bounds there are.
package dependency
