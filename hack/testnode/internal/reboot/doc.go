// SPDX-License-Identifier: Apache-2.0

// Package reboot shuts a machine down under pods with an order, boots it again, and finds out whether the order was kept. It is for a
// machine of package machine, whose command runs again after a reboot:
//
//	boot 1  the pods start; systemd-logind reboots the machine, and the kubelet stops the pods before
//	boot 2  the pods start again, in new sandboxes; what has succeeded does not run again; the machine crashes
//	boot 3  the same
//
// The containers of the pods write down what they do (timeline.go, pods.go); check.go judges it.
package reboot
