#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs in the machine, as the service vm: mounts the repository at the path that it has outside, and runs what the directory of this
# run says there. The kernel's command line names both.
for word in $(cat /proc/cmdline); do
	case $word in
	vm.repo=*) repo=${word#*=} ;;
	vm.run=*) run=${word#*=} ;;
	esac
done
mkdir -p "$repo" /var/lib/testnode
mount -t hostfs none "$repo" || { systemctl poweroff --force --force; exit 1; }
# Nodes need a file system with all features for what they write.
mkdir -p "$repo/_output/node/run"
mount --bind /var/lib/testnode "$repo/_output/node/run"
echo "$(cut -d' ' -f1 /proc/uptime) $(systemctl is-system-running --wait)" >"$run/up"
cd "$repo" || exit 1
export TESTNODE_REPO="$repo"
setsid -c sh "$run/command" </dev/tty1 >/dev/tty1 2>&1
echo $? >"$run/status.new"
sync "$run/status.new"
mv "$run/status.new" "$run/status"
sync
systemctl poweroff --force --force
