#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Stops a pod whose containers ignore their stop signal in each of the ways in which a kubelet stops pods, on our kubelet and
# on the pristine one, and prints for each container when it was to be told and to have ended, and when it was. Sets up what is
# missing, and takes everything down again. About 15 minutes once built; keep the machine idle meanwhile.
#   hack/stops.sh [-skip-pristine]
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/lib.sh

go run ./hack/testnode setup >&2
hack/build.sh kubelet e2e >&2
status=0
run() { # NAME KUBELET
	rm -rf "$OUT/stops/$1"
	step "stops on the $1 kubelet" go run ./hack/testnode e2e -focus 'Container Dependencies stop paths' -kubelet "$2" -report-dir "$OUT/stops/$1" >&2 || status=1
}
files=("$OUT/stops/ordering/stop-paths.jsonl")
run ordering $OUT/bin/kubelet
if [[ ${1-} != -skip-pristine ]]; then
	hack/build.sh --pristine kubelet >&2
	run pristine $OUT/pristine-bin/kubelet
	files+=("$OUT/stops/pristine/stop-paths.jsonl")
fi
go run ./hack/stops "${files[@]}"
exit $status
