// SPDX-License-Identifier: Apache-2.0

// Package ordercheck checks what a kubelet does with one pod against the guarantees S, T, J and L of package dependency, by the
// rules of KEP.md and without the code under test. It has two users: the simulation in pkg/kubelet/kuberuntime, where it looks on
// live and all clocks are virtual, and the soak in test/soak, which lets it look at a real node by a log of all calls to the
// container runtime.
//
//	Subject ── random pod: spec, edges by the book, habits of its containers
//	   │
//	Checker ◄── World    the containers and sandboxes at this moment
//	   │    ◄── Process  a kubelet process: what it may know, and what it is about
//	   │    ◄── Calls, Called, Changes, Delete ...: what happens
//	   └──► Report       violations
//
// What a user cannot know about a kubelet exactly, it tells in the kubelet's favor: a status that was read earlier, a stop that
// began earlier. Tolerance has what is left of such doubts; the simulation has none.
package ordercheck
