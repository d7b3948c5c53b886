#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs a pod with ordered containers on a real kubelet on this machine, without a cluster, and shows how it starts and
# stops. Sets up what is missing, and takes everything down again. Arguments go to hack/demo (see -h).
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/lib.sh
go run ./hack/testnode setup
hack/build.sh kubelet
exec go run ./hack/demo "$@"
