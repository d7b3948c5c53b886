#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds into _output/bin: `hack/build.sh kubelet e2e` (default: kubelet), controlplane, e2e-cluster, soak,
# apiserver, kubectl-order (the kubectl plugin) and order-webhook (static): these two need no assembled tree. Targets after --pristine are
# built from upstream's sources alone into _output/pristine-bin: kubelet, e2e, apiserver, what a node of kind needs too (kubeadm,
# kubectl, controllers, scheduler, proxy, etcd), and upstream's specs on a cluster (e2e-upstream, ginkgo). The target node sets up
# the machine for hack/testnode; node-images also builds the images that only upstream's specs use. Prints first how much there is to
# build and about how long that takes.
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/lib.sh

if [[ ! -d $OUT/bin && $* != kubectl-order && $* != order-webhook ]]; then
	# The kubelet, containerd and runc took 26 minutes of one core.
	cores=$(nproc)
	say "nothing is built yet: what the demo needs compiles for about $(((25 + cores) / cores)) minutes on $cores cores, less what is cached" >&2
fi
[[ -x $OUT/hack/build ]] || say "building the tools that build, which say then how much there is to build" >&2
# `go run` would not forward signals.
go build -o $OUT/hack/ ./hack/build ./hack/assemble
exec $OUT/hack/build -go-flags "${BUILD_FLAGS[*]}" -- "$@"
