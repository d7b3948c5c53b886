#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the unit tests of packages on the current files, and assembles the tree first if the packages compile only there:
#   hack/unit.sh ./pkg/kubelet/kuberuntime -run TestDependencySimulation
#   hack/unit.sh --gate-off ./pkg/kubelet/status             only upstream's tests, with the feature gate off by default
#   hack/unit.sh --pristine ./pkg/kubelet/status             on upstream's sources alone
#   hack/unit.sh ./hack/assemble/... -v                      packages of the repository's own module run directly
# Flags after the packages go to `go test`. The kubelet's packages take minutes to compile first; later only changes compile.
set -euo pipefail
repository=$(cd "$(dirname "$0")/.." && pwd)
cd "$repository"
. hack/lib.sh

usage() {
	[[ -z ${1-} ]] || echo "hack/unit.sh: $1" >&2
	sed -n '3,9s/^# \{0,1\}//p' hack/unit.sh >&2
	exit 2
}

tree=$TREE assemble=() ldflags=() skip=$(patterns hack/upstream-unit.skip) packages=()
while (($#)); do
	case $1 in
	--pristine) tree=$PRISTINE assemble=(-pristine) ;;
	--gate-off) ldflags=(-ldflags "$GATE_OFF") skip+="|$OURS" ;;
	-h | --help) usage ;;
	-*) break ;;
	*)
		package=${1#"$repository"/}
		packages+=("./${package#./}")
		;;
	esac
	shift
done
((${#packages[@]})) || usage "name a package, such as ./pkg/kubelet/kuberuntime, before the flags of go test"
[[ $tree == "$TREE" || ! ${ldflags[*]-} ]] || usage "--pristine has no feature gate: leave --gate-off out"

# is_among PACKAGE NAME... reports whether the package is one of the names.
is_among() { [[ " ${*:2} " == *" ${1%/} "* ]]; }

# Packages of the repository's own module need no tree.
direct=1
own=$(go list ./... | sed 's,^kubelet-ordering,.,')
for package in "${packages[@]}"; do
	grep -q "^${package%/...}\(/\|$\)" <<<"$own" || direct=
done
if [[ $direct && $tree == "$TREE" && ! ${ldflags[*]-} ]]; then
	exec go test "${packages[@]}" "$@"
fi

flags=("${BUILD_FLAGS[@]}")
for package in "${packages[@]}"; do
	if is_among "$package" "${RANDOM_OBJECTS[@]}" "${OWN_RANDOM[@]}"; then
		flags=("${BUILD_FLAGS[@]}" "${RANDOM_FLAGS[@]}")
	fi
done
go run ./hack/assemble "${assemble[@]}" >&2
for package in "${packages[@]}"; do
	[[ -d $tree/${package%/...} ]] || usage "there is no directory $package in $tree"
done
cd "$tree"
exec go test "${flags[@]}" "${ldflags[@]}" -skip "$skip" "${packages[@]}" "$@"
