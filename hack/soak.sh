#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Lets random pods live on a real node for a time, among crashes, edits, deletions and restarts of the kubelet and of containerd,
# and checks the order of all starts and stops, and what is left of the pods:
#   hack/soak.sh                                   ordered, race and pristine: about 20 minutes each, once built
#   hack/soak.sh ordered -duration 2m -pods 20     one of them, smaller; see `_output/bin/soak run -h`
#   hack/soak.sh ordered pristine -seed 2
# ordered has ordered pods on our kubelet, race the same under the race detector, pristine the same pods without an order on the
# pristine kubelet. If pristine is among them, what the others have left is compared with it. Sets up what is missing. Logs and
# reports are in _output/soak.
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/lib.sh

soaks=()
while (($#)) && [[ $1 != -* ]]; do
	case $1 in
	ordered | race | pristine) soaks+=("$1") ;;
	*) echo "unknown soak $1: use ordered, race or pristine" >&2; exit 2 ;;
	esac
	shift
done
((${#soaks[@]})) || soaks=(ordered race pristine)

build=(node controlplane soak)
[[ " ${soaks[*]} " != *" ordered "* ]] || build+=(kubelet)
[[ " ${soaks[*]} " != *" pristine "* ]] || build+=(--pristine kubelet)
hack/build.sh "${build[@]}"
go build -o $OUT/node/bin/testnode ./hack/testnode
if [[ " ${soaks[*]} " == *" race "* ]]; then
	ldflags=$(go run ./hack/assemble ldflags)
	step "building a kubelet with the race detector" in_tree $TREE \
		go build -race "${BUILD_FLAGS[@]}" -ldflags "$ldflags" -o "$PWD/$OUT/race-bin/kubelet" ./cmd/kubelet
fi

status=0 dirs=() reference=
for soak in "${soaks[@]}"; do
	kubelet=$OUT/bin/kubelet ordered=true
	case $soak in
	race) kubelet=$OUT/race-bin/kubelet ;;
	pristine) kubelet=$OUT/pristine-bin/kubelet ordered=false ;;
	esac
	dir=$PWD/$OUT/soak/$soak
	rm -rf "$dir"
	mkdir -p "$dir"
	say "soak $soak"
	$OUT/node/bin/testnode cluster -kubelet "$kubelet" -cri-proxy $OUT/bin/soak -cri-log "$dir/proxy.jsonl" -- \
		"$PWD/$OUT/bin/soak" run -dir "$dir" -ordered=$ordered "$@" || status=1
	if [[ $soak == pristine ]]; then reference=$dir; else dirs+=("$dir"); fi
done
if [[ $reference ]] && ((${#dirs[@]})); then
	$OUT/bin/soak compare "${dirs[@]}" "$reference" || status=1
fi
exit $status
