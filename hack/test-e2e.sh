#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs node e2e specs on a real kubelet and containerd. Without arguments it runs our specs, and those of upstream's
# container lifecycle specs that this machine can run, on two nodes side by side. Otherwise it passes the arguments to
# hack/testnode e2e:
#   hack/test-e2e.sh -focus 'Container Dependencies' -- --container-dependencies-by-field=true
#   hack/test-e2e.sh -focus 'Containers Lifecycle' -kubelet _output/pristine-bin/kubelet -test _output/pristine-bin/e2e_node.test
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/lib.sh

hack/build.sh node kubelet e2e
go build -o $OUT/node/bin/testnode ./hack/testnode
if (($#)); then
	exec $OUT/node/bin/testnode e2e "$@"
fi

# specs NAME WHAT SUITE-FLAGS... runs specs on a node of their own.
specs() {
	local name=$1 what=$2
	shift 2
	step "$what" $OUT/node/bin/testnode e2e -report-dir "$OUT/node/report-$name" -junit "$OUT/reports/e2e-$name.xml" "$@"
}

# These take as long as the others, with upstream's.
STOP='Container Dependencies (stop|preStop|deletion|of an orphan)'
stopping() {
	local failed=0
	specs stop "specs of container ordering: the stop" -focus "$STOP" || failed=1
	specs lifecycle "upstream's container lifecycle specs" \
		-focus "$(patterns hack/upstream-specs.focus)" -skip "$(patterns hack/upstream-specs.skip)" || failed=1
	return $failed
}

for file in hack/upstream-specs.focus hack/upstream-specs.skip; do
	each_matches $OUT/bin/e2e_node.test $file
done
lane e2e-stop stopping
lane e2e-ordering specs ordering "specs of container ordering" -focus 'Container Dependencies' -skip "$STOP"
step "node e2e specs" lanes
