#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs upstream's node specs on the pristine kubelet and on ours, with the feature gate off and on, and prints where the results
# differ. All of them take hours; a command that is repeated after an interruption goes on where it was, until a kubelet changes, and
# on another machine from the table that is checked in:
#   hack/compare.sh                                                  all specs that can run on this machine
#   hack/compare.sh -focus 'Containers Lifecycle'                    some of them (a regular expression)
#   hack/compare.sh -differing -times 5                              those that differ so far, until each has run five times
#   hack/compare.sh -failing -times 2                                those that have failed somewhere, until each has run twice
#   hack/compare.sh -added -focus Lifecycle                          ours alone, with declarations of order added to every pod
#   hack/compare.sh -machine -nodes 9 -slow 1 -size 7                those that need systemd or cgroup v2, in user-mode Linux
#   hack/compare.sh -list                                            the specs and their results so far
#   hack/compare.sh -summary docs/upstream-specs.md                  run nothing, write the summary and the table of all specs
# hack/compare.skip says what is left out, hack/compare.known what fails on any kubelet, and why, hack/compare.machine what runs in
# user-mode Linux, too (see hack/vm.sh, which sets it up). Results are in _output/compare, logs of runs with failures in
# _output/compare/logs.
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/lib.sh

need mkfs.ext4 e2fsprogs
for argument; do
	if [[ $argument == -machine ]]; then need_machine; fi
done
hack/build.sh node-images kubelet e2e ginkgo --pristine kubelet
go build -o $OUT/node/bin/testnode ./hack/testnode
go build -o $OUT/hack/compare ./hack/compare
# `go run` would not forward signals.
exec $OUT/hack/compare "$@"
