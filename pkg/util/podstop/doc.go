// SPDX-License-Identifier: Apache-2.0

// Package podstop has what the stop of one pod needs and no kubelet: the clock with the pod's one deadline, the turns in which
// its containers stop, and the news that a grace period has been shortened. Who stops before whom, and how long a container may
// take, is policy (package dependency) and comes in as data.
//
//	           Begin                    Shorten                      the sandbox is gone
//	no stop ───────────► clock running ─────────► deadline nearer ─────────────────────► forgotten
//
//	a container's turn:   waiting ──all before it are gone, or no time left──► told ──► gone
package podstop
