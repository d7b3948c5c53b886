#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs kind on a machine that reaches no registry: Docker's engine in namespaces of its own, and a node image kindest/node made of
# programs that are built here, with the pristine kubelet. Needs root, Go and apt. See docs/kind-lab.md.
#   hack/kind-lab.sh                                 bring the lab up, stay up until Ctrl-C
#   hack/kind-lab.sh -- COMMAND...                   bring it up, run a command in it, take it down
#   hack/kind-lab.sh exec COMMAND...                 run a command in the lab that is up: docker, kind, kubectl, bash
#   hack/kind-lab.sh down                            take down the lab that is up
#   hack/kind-lab.sh kubeadm                         try our kubelet on a cluster of kubeadm without kind, with Debian packages
#   hack/kind-lab.sh build                           build everything and stop
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/lib.sh

# build_next builds programs of the pristine tree that say that they are the next patch release: what an upgrade leads to.
build_next() {
	local version=${version:?} next name ldflags
	next=${version%.*}.$((${version##*.} + 1))
	[[ $(cat $OUT/kindlab/next/version 2>/dev/null) != "$next" ]] || return 0
	ldflags=$(go run ./hack/assemble ldflags -pristine)
	[[ -d $PRISTINE ]] || go run ./hack/assemble -pristine
	mkdir -p $OUT/kindlab/next
	for name in kubelet kubeadm kubectl; do
		step "linking $name $next" in_tree $PRISTINE \
			go build "${BUILD_FLAGS[@]}" -ldflags "${ldflags//=$version/=$next}" -o "$PWD/$OUT/kindlab/next/$name" "./cmd/$name"
	done
	echo "$next" >$OUT/kindlab/next/version
}

case ${1:-up} in
exec | down | help | -h | --help) ;;
*)
	need iptables iptables
	need ip iproute2
	need nsenter util-linux
	need wget wget
	need gpgv gpgv
	# Pristine programs depend on the version alone. Even to find that nothing has changed takes a minute.
	version=$(go list -m -f '{{.Version}}' k8s.io/kubernetes)
	if [[ $(cat $OUT/pristine-bin/kind-lab.version 2>/dev/null) != "$version" ]]; then
		hack/build.sh --pristine kubelet apiserver kubeadm controllers scheduler proxy kubectl etcd
		echo "$version" >$OUT/pristine-bin/kind-lab.version
	fi
	mkdir -p $OUT/kindlab
	[[ ${1:-up} != kubeadm ]] || { build_next; [[ -x $OUT/bin/kubelet ]] || hack/build.sh kubelet; }
	go build -o $OUT/kindlab/kindlab ./hack/testnode/kindlab
	;;
esac
[[ -x $OUT/kindlab/kindlab ]] || { echo "nothing is built yet: run hack/kind-lab.sh build" >&2; exit 1; }
# `go run` would not forward signals and replace the exit code.
exec $OUT/kindlab/kindlab "$@"
