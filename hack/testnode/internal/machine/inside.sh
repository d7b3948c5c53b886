#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs in the machine when it has booted: inside REPOSITORY DIRECTORY-OF-THIS-RUN. Runs the command that is there, and leaves its exit
# code there.
repo=$1 run=$2
# The kernel lets a user namespace mount proc only if a mount of it without anything mounted over it is visible.
mkdir -p /run/bare
mount -t proc -o nosuid,nodev,noexec proc /run/bare
# The kubelet insists on the speed of a processor, which this kernel does not tell.
sed 's/^bogomips.*:/cpu MHz\t\t: 1000.000\n&/' /proc/cpuinfo >/run/cpuinfo
mount --bind /run/cpuinfo /proc/cpuinfo
# Nodes need a file system with all features for what they write.
mkdir -p "$repo/_output/node/run" /var/lib/testnode
mount --bind /var/lib/testnode "$repo/_output/node/run"
cd "$repo" || exit
export TESTNODE_REPO="$repo"
echo "$(cut -d' ' -f1 /proc/uptime) $(systemctl is-system-running --wait)" >"$run/up"
setsid -c bash "$run/command" </dev/tty1 >/dev/tty1 2>&1
echo $? >"$run/status.new"
# The kernel writes to the repository with a delay.
sync
mv "$run/status.new" "$run/status"
