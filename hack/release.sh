#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds a release of the kubectl plugin into _output/release: an archive for each platform, and the manifest for krew:
#   hack/release.sh -version v0.1.0 -url https://HOST/PATH
#   hack/release.sh -version v0.1.0 -url https://HOST/PATH -platforms linux/amd64
# Needs Go alone. Each platform compiles for some minutes the first time.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p _output/hack
# `go run` would replace the exit code.
go build -o _output/hack/ ./hack/release
exec _output/hack/release "$@"
