#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A machine of its own on this machine, with systemd, cgroup v2, all capabilities, user namespaces and AppArmor (user-mode Linux;
# neither KVM nor a network is needed in it). It sees the repository, and may write there:
#   hack/vm.sh                         run the node specs of hack/vm-specs.focus in such machines, and reboot (an hour at most)
#   hack/vm.sh specs N                 run one group of them
#   hack/vm.sh reboot                  shut a machine down under pods with an order, boot it again, crash it, boot it again
#   hack/vm.sh -focus 'mission'        run a selection; passes its arguments to `hack/testnode e2e`
#   hack/vm.sh -- COMMAND              run a command in it and exit with its status; if it reboots the machine, it runs again
#   hack/vm.sh shell                   run a shell in it
#   hack/vm.sh clean                   remove what was made for it (550 MB)
# SLOW=N makes its clock run N times slower than this machine's, so that bounds of time hold there. The specs use 4; a machine that is
# busy with something else needs more. The first call installs Debian packages and makes a disk, for which it needs root, apt and
# Debian's archive.
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/lib.sh

case ${1:-} in
clean) rm -rf $OUT/vm && exit ;;
shell | --) targets=() ;;
reboot) targets=(node kubelet) ;;
*) targets=(node kubelet e2e) ;;
esac
need_machine
((!${#targets[@]})) || hack/build.sh "${targets[@]}"
mkdir -p $OUT/reports $OUT/node/bin
go build -o $OUT/node/bin/testnode ./hack/testnode
testnode=$PWD/$OUT/node/bin/testnode
slow=${SLOW:-4}
end=$((SECONDS + 60 * 60))

# machine ARGUMENTS... runs a machine, and takes it down when this script is told to end. It shows its progress itself.
child=
trap '[[ -z $child ]] || { kill -TERM "$child"; wait "$child"; } 2>/dev/null; exit 130' INT TERM HUP
machine() {
	local status=0
	"$testnode" machine -slow "$slow" "$@" &
	child=$!
	wait "$child" || status=$?
	child=
	return $status
}

# e2e SUITE-FLAGS... runs specs in a machine. The suite ends before the machine does, and a minute of the machine's takes SLOW minutes.
e2e() {
	local left=$((end - SECONDS))
	((left > 300)) || { say "no time is left for: $*"; return 1; }
	machine -limit ${left}s -- \
		"$testnode" e2e -systemd -report-dir $OUT/vm/report -timeout $(((left - 240) / slow))s "$@"
}

# group N prints the expressions of a group of specs. It fails if there are fewer groups.
group() { patterns <(awk -v wanted="$1" 'BEGIN { n = 1 } /^---/ { n++; next } n == wanted' hack/vm-specs.focus); }

# specs N runs a group of specs.
specs() {
	local focus
	focus=$(group "$1") || { echo "hack/vm-specs.focus has no group ${1:-(say which)}" >&2; return 2; }
	each_matches $OUT/bin/e2e_node.test hack/vm-specs.focus || return 2
	say "specs, group $1"
	e2e -focus "$focus" -junit "$OUT/reports/e2e-vm-$1.xml"
}

reboot() {
	say "reboots"
	local left=$((end - SECONDS))
	machine -limit $((left < 1200 ? left : 1200))s -- "$testnode" reboot
}

case ${1:-} in
shell) exec "$testnode" machine -slow "${SLOW:-1}" -limit 24h -shell ;;
--) exec "$testnode" machine -slow "${SLOW:-1}" "$@" ;;
reboot) reboot ;;
specs) specs "${2:-}" ;;
'')
	failed=0
	specs 1 || failed=1
	reboot || failed=1
	for ((n = 2; ; n++)); do
		group $n >/dev/null || exit $failed
		specs $n || failed=1
	done
	;;
*) e2e "$@" ;;
esac
