#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tests cmd/order-webhook with a stock API server, as docs/manifests install it, on a one-node cluster on this machine, and under
# load. The arguments select the runs (cluster load; default: both). -rate N and -for DURATION after them are for the load.
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/lib.sh

runs=() flags=()
while (($#)); do
	case $1 in
	cluster | load) runs+=("$1") ;;
	-*) flags=("$@"); break ;;
	*) echo "unknown run $1: use cluster or load" >&2; exit 2 ;;
	esac
	shift
done
hack/build.sh order-webhook
go test -c -o $OUT/bin/order_webhook.test ./hack/webhook
test=("$PWD/$OUT/bin/order_webhook.test" -test.v -test.timeout=30m)
test+=(-program "$PWD/$OUT/bin/order-webhook" -manifests "$PWD/docs/manifests")
for run in "${runs[@]:-cluster load}"; do
	for name in $run; do
		case $name in
		load) step "the webhook under load" "${test[@]}" -test.run=TestLoad "${flags[@]}" ;;
		cluster)
			hack/build.sh node kubelet controlplane --pristine apiserver
			go build -o $OUT/node/bin/testnode ./hack/testnode
			step "the webhook in a cluster" $OUT/node/bin/testnode cluster -pristine-apiserver -- \
				"${test[@]}" -cluster -test.run=TestCluster
			;;
		esac
	done
done
