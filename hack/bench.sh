#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures pods alternately on our kubelet and on the pristine one, with a real container runtime on this machine, and prints
# medians and ratios. Sets up what is missing and cleans up at the end. Passes its arguments to hack/bench (see -h).
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/lib.sh
targets=(node kubelet)
# The part drain has an API server.
[[ " $* " != *drain* ]] || targets+=(controlplane)
hack/build.sh "${targets[@]}" --pristine kubelet
exec go run ./hack/bench "$@"
