# SPDX-License-Identifier: Apache-2.0
# What the project's shell scripts share. To be sourced from the repository's root.

# BUILD_FLAGS are upstream's for a release, so that all builds share one cache, whatever the tree's path.
BUILD_FLAGS=(-trimpath -tags selinux,notest,grpcnotrace)
OUT=_output
TREE=$OUT/kubernetes
PRISTINE=$OUT/pristine

# TOUCHED are the upstream packages that have files of ours or seams.
TOUCHED=(./pkg/features ./pkg/kubelet ./pkg/kubelet/events ./pkg/kubelet/kuberuntime ./pkg/kubelet/metrics ./pkg/kubelet/prober ./pkg/kubelet/status)
# They also have the new fields, or tests that go through the fields of all API types.
TOUCHED+=(./pkg/apis/core ./pkg/generated/openapi ./pkg/kubelet/config ./pkg/kubelet/types ./pkg/util/hash ./staging/src/k8s.io/api/core/v1)
# And these validate, default and drop them, as an API server does.
TOUCHED+=(./pkg/api/pod ./pkg/apis/core/helper ./pkg/apis/core/validation ./pkg/registry/core/pod)
# RANDOM_OBJECTS are such packages whose tests fill API objects at random. The tag notest leaves upstream's fillers out, and
# without these the tests fail on upstream's sources alone.
RANDOM_OBJECTS=(./pkg/api/testing ./pkg/apis/core/v1 ./staging/src/k8s.io/api)
RANDOM_FLAGS=(-tags selinux,grpcnotrace)
# OWN are packages of ours alone in the assembled tree.
OWN=(./pkg/api/v1/dependency ./pkg/api/v1/dependency/apifield ./pkg/kubelet/ordering ./pkg/util/podstop ./staging/src/k8s.io/client-go/applyconfigurations)
OWN+=(./test/utils/actor)
# OWN_RANDOM is such a package with the flags of RANDOM_OBJECTS.
OWN_RANDOM=(./pkg/apis/core/fuzzer)

SECONDS=0
say() { printf '\033[1m[%4ds] %s\033[0m\n' "$SECONDS" "$*"; }

# step WHAT COMMAND... runs a command that may be silent for minutes and says every half a minute that it still runs.
step() {
	local what=$1 began=$SECONDS status=0 ticker
	shift
	say "$what"
	( while sleep 30; do printf '        ... %s (%ds)\n' "$what" $((SECONDS - began)); done ) &
	ticker=$!
	"$@" || status=$?
	kill "$ticker" 2>/dev/null || true
	wait "$ticker" 2>/dev/null || true
	if ((status)); then say "$what: failed after $((SECONDS - began))s"; else say "$what: done in $((SECONDS - began))s"; fi
	return $status
}

# need COMMAND PACKAGE... installs Debian packages when the command is missing.
need() {
	local command=$1
	shift
	command -v "$command" >/dev/null && return
	command -v apt-get >/dev/null || { echo "$command is missing and there is no apt-get: install it and try again" >&2; return 1; }
	step "reading the list of packages" apt-get update -q
	step "installing $*" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
}

# patterns FILE joins the regular expressions of a file.
patterns() { grep -Ev '^(#|$)' "$1" | paste -sd'|'; }

# in_tree TREE COMMAND... runs a command in an assembled tree.
in_tree() { (cd "$1" && shift && "$@"); }
