#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Puts our kubelet on nodes of kind and kubeadm, and takes it off again (docs/kind.md):
#   hack/kind.sh image --base kindest/node:v1.37.1
#   hack/kind.sh create --workers 2 --ordered worker -- --name trial
#   hack/kind.sh switch NODE ours|stock
#   hack/kind.sh delete -- --name trial
set -euo pipefail
# kind reads relative paths in a configuration from where the user is: do not change the directory.
repo=$(cd "$(dirname "$0")/.." && pwd)
(cd "$repo" && go build -o _output/hack/kind ./hack/kind)
exec "$repo/_output/hack/kind" "$repo" "$@"
