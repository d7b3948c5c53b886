#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Brings up a cluster of one node on this machine, with our API server and kubelet, and takes it down again on Ctrl-C:
#   hack/cluster.sh                                  stay up and say how to use it
#   hack/cluster.sh -- kubectl get nodes             run a command and exit with its status
#   hack/cluster.sh -pristine-apiserver -kubelet _output/pristine-bin/kubelet
# Sets up what is missing. Arguments go to `hack/testnode cluster` (see -h).
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/lib.sh
{
	go run ./hack/testnode setup
	hack/build.sh kubelet controlplane
	for argument; do
		case $argument in
		--) break ;;
		-pristine-apiserver | --pristine-apiserver) hack/build.sh --pristine apiserver ;;
		esac
	done
	go build -o $OUT/node/bin/testnode ./hack/testnode
} >&2
# Not by `go run`, which has an exit code of its own.
exec $OUT/node/bin/testnode cluster "$@"
