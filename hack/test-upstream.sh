#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs upstream's unit tests of every package that we touch: on upstream's sources alone, on the assembled tree with the
# feature gate off, and with it on together with our own tests. Prints how many tests ran and passed on each tree.
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/lib.sh
# A test compares our protobuf messages with the output of a protobuf compiler.
need protoc protobuf-compiler

tool gotestsum
go run ./hack/assemble
go run ./hack/assemble -pristine

# OUR_TYPES are the subtests for our types in upstream tests that have one subtest per type.
OUR_TYPES='^TestOpenAPIRoundtrip$/ContainerDependency$'
# The file lists the tests to skip on each tree, with the reasons.
LEFT=$(patterns hack/upstream-unit.skip)

failed=0
tests() { # NAME TREE PACKAGES-AND-FLAGS...
	local name=$1 tree=$2
	shift 2
	step "unit tests: $name" run_tests "$name" "$tree" -count=1 "${BUILD_FLAGS[@]}" "$@" || failed=1
}

# passed NAME prints how many tests of each package passed.
passed() { cut -d' ' -f1,2 "$OUT/reports/unit-$1.txt"; }

# on_three_trees SUFFIX PACKAGES-AND-FLAGS... runs the tests of upstream packages on each tree, and fails if the first two do
# not pass the same numbers. The array own has our packages, for the last tree.
on_three_trees() {
	local suffix=$1
	shift
	tests "pristine$suffix" $PRISTINE -skip "$LEFT" "$@"
	# With the gate off, run only upstream's tests.
	tests "gate-off$suffix" $TREE -ldflags "$GATE_OFF" -skip "$LEFT|$OURS|$OUR_TYPES" "$@"
	if ! diff <(passed "pristine$suffix") <(passed "gate-off$suffix"); then
		say "not every test of upstream passed on our tree: < is how many of each package passed on the pristine one, > with the gate off"
		failed=1
	fi
	tests "gate-on$suffix" $TREE -skip "$LEFT" "$@" "${own[@]}"
}

own=("${OWN[@]}")
on_three_trees "" "${TOUCHED[@]}"
own=("${OWN_RANDOM[@]}")
on_three_trees -random "${RANDOM_FLAGS[@]}" "${RANDOM_OBJECTS[@]}"
if [[ -z ${SKIP_RACE-} ]]; then
	# The timers of one synctest bubble share a context of the race detector, which crashes now and then if two processors use
	# it at once (https://github.com/golang/go/issues/78156). On one it finds the same races.
	tests race $TREE -race -cpu 1 -run "$OURS" ./pkg/kubelet/kuberuntime ./pkg/kubelet/prober
fi
exit $failed
