#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Brings up a one-node cluster on this machine, with our API server and kubelet, and takes it down on Ctrl-C:
#   hack/cluster.sh                                  stay up and print how to use it
#   hack/cluster.sh -- kubectl get nodes             run a command and exit with its status
#   hack/cluster.sh -pristine-apiserver -kubelet _output/pristine-bin/kubelet
# Sets up what is missing. Passes its arguments to `hack/testnode cluster` (see -h). Uses the machine's containerd and runc if they
# are recent enough; TESTNODE_RUNTIME=pinned builds and uses the versions that the tests use.
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
# `go run` would replace the exit code.
exec $OUT/node/bin/testnode cluster "$@"
