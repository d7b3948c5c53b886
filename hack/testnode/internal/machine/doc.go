// SPDX-License-Identifier: Apache-2.0

// Package machine boots a machine of its own: user-mode Linux, a kernel that is a program of this machine, with Debian's systemd. The
// machine has cgroup v2, all capabilities and user namespaces, whatever this one lacks. It has one processor and no network.
//
//	disk-*         the root file system, made once; each run writes to a layer of its own
//	kernel/        the kernel, its modules and its C library
//	run/*/         one directory for each run: the layer, the command, its exit code, the console
//
// The machine sees the repository at the same path as outside, and may write there. If the command reboots the machine, the command
// runs again when it has booted; the layer stays.
package machine
