#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The service vm of the machine: mounts the repository at the path that it has outside, and runs what the directory of this run has
# for it. The kernel's command line names both.
for word in $(cat /proc/cmdline); do
	case $word in
	vm.repo=*) repo=${word#*=} ;;
	vm.run=*) run=${word#*=} ;;
	esac
done
mkdir -p "$repo"
mount -t hostfs none "$repo" && sh "$run/inside" "$repo" "$run"
sync
systemctl poweroff --force --force
