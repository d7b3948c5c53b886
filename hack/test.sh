#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs all tests: the project's own, upstream's unit tests on three trees, and specs on a real kubelet and containerd on
# this machine. Sets up what is missing and cleans up at the end. README.md says how long it takes.
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/lib.sh
# The race detector needs a C compiler.
need gcc gcc libc6-dev

rm -rf $OUT/reports
hack/lint.sh module
step "project: vet" go vet ./...
step "project: format" sh -c 'bad=$(gofmt -l cmd hack internal pkg staging test 2>/dev/null | grep -v /testdata/ || true)
	[ -z "$bad" ] || { echo "not formatted: $bad"; exit 1; }'
hack/promtool.sh
tool gotestsum
step "project: tests" run_tests project . -race ./...
say "upstream's unit tests"
hack/test-upstream.sh
# It runs here because the tests above have compiled the packages that it imports.
hack/lint.sh tree
hack/build.sh node kubelet e2e controlplane e2e-cluster kubectl-order --pristine apiserver kubelet
# They wait most of the time: on nodes of their own, side by side, they take a third of the time.
lane e2e hack/test-e2e.sh
lane cluster hack/test-cluster.sh
step "specs on nodes and in a cluster" lanes || { failures; exit 1; }
reports
say "all tests passed"
