#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds into _output/bin: `hack/build.sh kubelet e2e` (default: kubelet), controlplane, e2e-cluster, apiserver; what follows
# --pristine is built from upstream's sources alone into _output/pristine-bin (kubelet, e2e, apiserver). The target node sets the
# machine up for hack/testnode. Says first how much there is to build and about how long that takes.
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/lib.sh

# The kubelet, containerd and runc, as hack/demo.sh wants them, took 26 minutes of one core.
[[ -d $OUT/bin ]] || say "nothing is built yet: what the demo needs compiles for about $((26 / $(nproc) + 1)) minutes on $(nproc) cores, less if Go has some of it cached" >&2
# Not by `go run`, which does not pass on signals.
go build -o $OUT/hack/ ./hack/build ./hack/assemble
exec $OUT/hack/build -go-flags "${BUILD_FLAGS[*]}" "$@"
