#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs node e2e specs on a real kubelet and containerd. Without arguments it runs our specs, and those of upstream's
# container lifecycle specs that this machine can run. Otherwise it passes the arguments to hack/testnode e2e:
#   hack/test-e2e.sh -focus 'Containers Lifecycle' -kubelet _output/pristine-bin/kubelet -test _output/pristine-bin/e2e_node.test
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/lib.sh

hack/build.sh node kubelet e2e
if (($#)); then
	exec go run ./hack/testnode e2e "$@"
fi
mkdir -p $OUT/reports
failed=0
step "specs of container ordering" go run ./hack/testnode e2e -focus 'Container Dependencies' -junit $OUT/reports/e2e-ordering.xml || failed=1
step "upstream's container lifecycle specs" go run ./hack/testnode e2e \
	-focus "$(patterns hack/upstream-specs.focus)" -skip "$(patterns hack/upstream-specs.skip)" -junit $OUT/reports/e2e-lifecycle.xml || failed=1
exit $failed
