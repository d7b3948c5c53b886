#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Brings up a cluster of one node on this machine, with our API server and kubelet, and takes it down again on Ctrl-C:
#   hack/cluster.sh                                  stay up and say how to use it
#   hack/cluster.sh -- kubectl get nodes             run a command and exit with its status
#   hack/cluster.sh -pristine-apiserver -kubelet _output/pristine-bin/kubelet
# Sets up what is missing. Arguments go to `hack/testnode cluster` (see -h). Uses the machine's containerd and runc where they are
# good enough; TESTNODE_RUNTIME=pinned builds and uses those that the tests use.
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/lib.sh
export TESTNODE_RUNTIME=${TESTNODE_RUNTIME:-machine}
pristine=()
for argument; do
	case $argument in
	--) break ;;
	-pristine-apiserver | --pristine-apiserver) pristine=(--pristine apiserver) ;;
	esac
done
hack/build.sh node kubelet controlplane "${pristine[@]}"
go build -o $OUT/node/bin/testnode ./hack/testnode
# Not by `go run`, which has an exit code of its own.
exec $OUT/node/bin/testnode cluster "$@"
