#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs specs on a cluster of kind with one control plane and two workers, in the lab of hack/kind-lab.sh. The arguments select parts
# (default: all, in this order):
#   nodes        specs that need nodes of kind: one worker has our kubelet, the other one its own
#   cluster      the specs of test/e2e_cluster with annotations, on the worker with our kubelet
#   stock        those of an ordered pod on the worker with its own kubelet, where it has no order
#   ordered      puts our kubelet on all three nodes, and runs nodes and cluster again
#   conformance  upstream's conformance specs of sig-node, with our kubelet on all three nodes
# Flags of ginkgo follow --, for all parts. In a lab that is up the cluster remains, and the next run takes it again:
#   hack/kind-lab.sh
#   hack/kind-lab.sh exec hack/test-kind.sh nodes -- --ginkgo.focus=drained
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/lib.sh

parts=() flags=()
while (($#)); do
	case $1 in
	nodes | cluster | stock | ordered | conformance) parts+=("$1") ;;
	--) shift; flags=("$@"); break ;;
	*) sed -n '3,13s/^# \?//p' "$0" >&2; exit 2 ;;
	esac
	shift
done
((${#parts[@]})) || parts=(nodes cluster stock ordered conformance)

if [[ -z ${KIND_LAB_CONFIG-} ]]; then
	hack/build.sh kubelet e2e-cluster
	if [[ " ${parts[*]} " == *' conformance '* ]]; then
		hack/build.sh --pristine e2e-upstream ginkgo
		go build -o $OUT/node/bin/testnode ./hack/testnode
		$OUT/node/bin/testnode setup -upstream-images
	fi
	# It ends the lab, and with it the cluster, when this ends or is interrupted.
	exec hack/kind-lab.sh -- "$PWD/hack/test-kind.sh" "${parts[@]}" -- "${flags[@]}"
fi

NAME=specs
export KIND_CLUSTER_NAME=$NAME
# The specs share this directory with all nodes, at the same path.
share=$(dirname "$KIND_LAB_CONFIG")/share
mkdir -p $OUT/reports "$share"
chmod 1777 "$share"
[[ -t 1 ]] || flags=(--ginkgo.no-color "${flags[@]}")

# cluster makes the cluster, unless an earlier run in this lab has.
cluster() {
	local config=$share/kind.yaml images=$share/images.tar
	! kind get clusters 2>/dev/null | grep -qx $NAME || return 0
	sed "s|^- role: .*|&\n  extraMounts:\n  - {hostPath: $share, containerPath: $share}|" "$KIND_LAB_CONFIG" >"$config"
	hack/kind.sh image --base kindest/node:v1.37.1
	hack/kind.sh create --ordered worker -- --name $NAME --config "$config"
	tar -C $OUT/node/images -cf "$images" .
	kind load image-archive --name $NAME "$images"
	rm "$images"
	kubectl --namespace kube-system rollout status deployment/coredns --timeout=3m
}

# run NAME COMMAND... runs a suite, which writes a JUnit report of that name into the shared directory, and notes if it fails.
run() {
	local name=$1
	shift
	step "specs on kind: $name" "$@" || failed+=("$name")
	[[ ! -f $share/$name.xml ]] || mv "$share/$name.xml" "$OUT/reports/e2e-kind-$name.xml"
}

# ours are flags of our suite, except the report and the filter.
ours=(-test.timeout=2h -order=annotation --ginkgo.fail-on-empty)

# on_nodes NAME FILTER runs specs that use docker and kind.sh.
on_nodes() {
	run "$1" env TMPDIR="$share" "$PWD/$OUT/bin/e2e_cluster.test" "${ours[@]}" -kind-script="$PWD/hack/kind.sh" \
		--ginkgo.junit-report="$share/$1.xml" --ginkgo.label-filter="$2" "${flags[@]}"
}

# in_cluster NAME FILTER runs specs on the control plane, whose address its API server and all pods reach.
in_cluster() {
	# docker does not end what an interrupted exec has started.
	docker exec $NAME-control-plane pkill -INT -f "^$share/files/" || true
	rm -rf "$share/files"
	mkdir "$share/files"
	cp $OUT/bin/e2e_cluster.test README.md docs/guide.md "$share/files"
	cp -r docs/recipes "$share/files"
	run "$1" docker exec -e TMPDIR="$share" -e KUBECONFIG=/etc/kubernetes/admin.conf $NAME-control-plane \
		"$share/files/e2e_cluster.test" "${ours[@]}" -documents="$share/files/README.md,$share/files/guide.md" \
		-recipes="$share/files/recipes" --ginkgo.junit-report="$share/$1.xml" --ginkgo.label-filter="$2" "${flags[@]}"
}

# UNFIT matches upstream's specs that need what the images made here lack: ImageVolume wants Alpine's os-release and a registry, the
# others a shell that passes on variables such as data-1 (that of Debian's busybox 1.35 drops them).
UNFIT='ImageVolume|(ConfigMap|Secrets) should be consumable (via the environment|as environment variable names)'

# conformance runs upstream's specs, four at a time.
conformance() {
	run conformance "$OUT/pristine-bin/ginkgo" --procs=4 --timeout=2h --output-dir="$share" --junit-report=conformance.xml \
		--label-filter='sig-node && Conformance' --skip="$UNFIT" "${flags[@]/#--ginkgo./--}" \
		"$OUT/pristine-bin/e2e.test" -- -kubeconfig="$KUBECONFIG" -provider=skeleton
}

# all_ours puts our kubelet on all three nodes.
all_ours() {
	hack/kind.sh switch $NAME-control-plane ours
	hack/kind.sh switch $NAME-worker2 ours
	kubectl get nodes -L node-restriction.kubernetes.io/container-dependencies
}

# only NODE... lets pods come to these workers only.
only() {
	kubectl cordon $NAME-worker $NAME-worker2 >/dev/null
	kubectl uncordon "$@" >/dev/null
}

failed=()
cluster
for part in "${parts[@]}"; do
	case $part in
	nodes) on_nodes nodes kind ;;
	cluster)
		only $NAME-worker
		in_cluster cluster '!field && !pristine-kubelet && !kind'
		only $NAME-worker $NAME-worker2
		;;
	stock)
		only $NAME-worker2
		in_cluster stock pristine-kubelet
		only $NAME-worker $NAME-worker2
		;;
	ordered)
		all_ours
		on_nodes ordered-nodes 'kind && !mixed'
		in_cluster ordered-cluster '!field && !pristine-kubelet && !kind'
		;;
	conformance)
		all_ours
		conformance
		;;
	esac
done
((${#failed[@]} == 0)) || { say "failed: ${failed[*]}"; exit 1; }
