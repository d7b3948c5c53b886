#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Stops a pod whose containers ignore their stop signal in every way in which a kubelet stops pods, on our kubelet and on the
# pristine one, and prints for each container the intended and the observed times of its stop signal and its end. Then it stops
# chains of 1 to 8 such containers and compares the times with the grace period. Sets up what is missing and cleans up at the
# end. Takes about 17 minutes once built; keep the machine idle.
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/lib.sh

hack/build.sh node kubelet e2e --pristine kubelet
status=0
run() { # NAME KUBELET
	rm -rf "$OUT/stops/$1"
	step "stops on the $1 kubelet" go run ./hack/testnode e2e -focus 'Container Dependencies stop paths' \
		-kubelet "$2" -report-dir "$OUT/stops/$1" >&2 || status=1
}
run ordering $OUT/bin/kubelet
run pristine $OUT/pristine-bin/kubelet
go run ./hack/stops "$OUT/stops/ordering/stop-paths.jsonl" "$OUT/stops/pristine/stop-paths.jsonl"
go run ./hack/bench -part start -full -rounds 1 -only '^deaf' -json "$OUT/stops/chains.json" || status=1
exit $status
