#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs golangci-lint on the repository's module and, in the assembled tree, on the lines that the project changes. The argument
# module or tree selects one of the two. The first run builds the linter (some minutes) and compiles the imported packages; later
# runs compile only what changed.
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/lib.sh

step "lint: building golangci-lint" tool golangci-lint
LINT=$PWD/$OUT/tools/golangci-lint
status=0

# TREE_LINTERS analyze one package at a time. The other linters need facts about all imported packages: all of Kubernetes.
TREE_LINTERS=errorlint,gocritic,ineffassign,misspell,revive,unconvert

# in_the_tree reports findings on our lines, with the paths that the files have in the repository.
in_the_tree() {
	local packages
	go run ./hack/assemble || return
	go run ./hack/assemble diff >$OUT/tree.patch || return
	packages=$(sed -n 's,^file \(.*\)/[^/]*\.go$,./\1,p' upstream.lock | grep -v /testdata | sort -u)
	(cd $TREE && GOFLAGS="$(go env GOFLAGS) ${BUILD_FLAGS[0]}" "$LINT" run --config ../../.golangci.yml --enable-only $TREE_LINTERS \
		--build-tags "${BUILD_FLAGS[2]}" --new-from-patch ../tree.patch $packages) | sed "s,^$TREE/,,"
}
for part in "${@:-module tree}"; do
	for name in $part; do
		case $name in
		module) step "lint: the module" "$LINT" run ./... || status=1 ;;
		tree) step "lint: our files in the tree" in_the_tree || status=1 ;;
		*) echo "unknown part $name: use module or tree" >&2; exit 2 ;;
		esac
	done
done
exit $status
