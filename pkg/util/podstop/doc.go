// SPDX-License-Identifier: Apache-2.0

// Package podstop implements the stop of one pod as far as it is independent of the kubelet: the clock with the pod's
// deadline, the turns in which its containers stop, and the notification that a grace period has been shortened. The stop
// order and the time limits are policy: they come from package dependency, as data.
//
//	           Begin                    Shorten                      the sandbox is gone
//	no stop ───────────► clock running ─────────► deadline nearer ─────────────────────► forgotten
//
//	a container's turn:   waiting ──all before it are gone, or no time left──► told ──► gone
package podstop
