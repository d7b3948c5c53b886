#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs our specs on a one-node cluster on this machine: with the field on our API server, with annotations on a pristine
# one, and a few with a pristine kubelet. The arguments select the runs (field annotation kubelet; default: all three).
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/lib.sh

hack/build.sh node kubelet controlplane e2e-cluster kubectl-order --pristine apiserver kubelet
go build -o $OUT/node/bin/testnode ./hack/testnode
mkdir -p $OUT/reports

# specs NAME CLUSTER-FLAGS... -- SUITE-FLAGS... runs the suite on its own cluster.
specs() {
	local name=$1 cluster=()
	shift
	while [[ $1 != -- ]]; do
		cluster+=("$1")
		shift
	done
	shift
	step "specs in a cluster: $name" $OUT/node/bin/testnode cluster "${cluster[@]}" -- \
		"$PWD/$OUT/bin/e2e_cluster.test" -test.timeout=20m -pristine-apiserver="$PWD/$OUT/pristine-bin/kube-apiserver" \
		-kubectl-order="$PWD/$OUT/bin/kubectl-order" \
		-documents="$PWD/README.md,$PWD/docs/guide.md" -recipes="$PWD/docs/recipes" \
		--ginkgo.fail-on-empty --ginkgo.junit-report="$PWD/$OUT/reports/e2e-cluster-$name.xml" "${color[@]}" "$@" || failed=1
}

color=()
[[ -t 1 ]] || color=(--ginkgo.no-color)
failed=0
for run in "${@:-field annotation kubelet}"; do
	for name in $run; do
		case $name in
		field) specs field -- -order=field --ginkgo.label-filter='!annotation && !stock-apiserver && !pristine-kubelet && !kind' ;;
		annotation) specs annotation -pristine-apiserver -- -order=annotation --ginkgo.label-filter='!field && !pristine-kubelet && !kind' ;;
		kubelet) specs kubelet -kubelet $OUT/pristine-bin/kubelet -- -order=field --ginkgo.label-filter=pristine-kubelet ;;
		*) echo "unknown run $name: use field, annotation or kubelet" >&2; exit 2 ;;
		esac
	done
done
exit $failed
