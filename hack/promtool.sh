#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Puts promtool, Prometheus' tool that checks rules, into _output/tools, unless the machine has it. It unpacks Debian's package without
# installing it, because that would run a Prometheus.
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/lib.sh
if command -v promtool >/dev/null || [[ -x $OUT/tools/promtool ]]; then
	exit
fi
command -v apt-get >/dev/null || { echo "promtool is missing and there is no apt-get: install it and try again" >&2; exit 1; }
mkdir -p $OUT/tools
unpacked=$(mktemp -d)
trap 'rm -rf "$unpacked"' EXIT
chmod 755 "$unpacked"
step "reading the list of packages" apt-get update -q
(cd "$unpacked" && apt-get download -q prometheus && dpkg-deb -x prometheus_*.deb .)
cp "$unpacked/usr/bin/promtool" $OUT/tools/promtool
