#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds into _output/bin: `hack/build.sh kubelet e2e` (default: kubelet), controlplane, e2e-cluster, apiserver; with
# --pristine before them, from upstream's sources alone into _output/pristine-bin (kubelet, e2e, apiserver). Cold it takes 5
# to 10 minutes each on 2 cores; later only what changed.
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/lib.sh

tree=$TREE bin=$OUT/bin flags=()
if [[ ${1-} == --pristine ]]; then
	tree=$PRISTINE bin=$OUT/pristine-bin flags=(-pristine)
	shift
fi
go run ./hack/assemble "${flags[@]}"
for what in "${@:-kubelet}"; do
	case $what in
	controlplane | e2e-cluster) [[ $tree == "$TREE" ]] || { echo "$what is our own program: build it without --pristine" >&2; exit 2; } ;;&
	kubelet) step "building $bin/kubelet" build_binary "$tree" "$bin/kubelet" ./cmd/kubelet "${flags[@]}" ;;
	controlplane) step "building $bin/controlplane" build_binary "$tree" "$bin/controlplane" ./cmd/controlplane ;;
	apiserver) step "building $bin/kube-apiserver" build_binary "$tree" "$bin/kube-apiserver" ./cmd/kube-apiserver "${flags[@]}" ;;
	e2e) step "building $bin/e2e_node.test" build_test "$tree" "$bin/e2e_node.test" ./test/e2e_node "${flags[@]}" ;;
	e2e-cluster) step "building $bin/e2e_cluster.test" build_test "$tree" "$bin/e2e_cluster.test" ./test/e2e_cluster ;;
	*) echo "unknown target $what: use kubelet, e2e, controlplane, e2e-cluster or apiserver" >&2; exit 2 ;;
	esac
done
