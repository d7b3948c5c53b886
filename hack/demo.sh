#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs a pod with ordered containers on a real kubelet on this machine, without a cluster, and shows how it starts and
# stops. Sets up what is missing and cleans up at the end. Passes its arguments to hack/demo (see -h). Uses the machine's
# containerd and runc if they are recent enough; TESTNODE_RUNTIME=pinned builds and uses the versions that the tests use.
set -euo pipefail
cd "$(dirname "$0")/.."
export TESTNODE_RUNTIME=${TESTNODE_RUNTIME:-machine}
hack/build.sh node kubelet
exec go run ./hack/demo "$@"
