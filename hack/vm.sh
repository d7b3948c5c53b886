#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A machine of its own on this machine, with systemd, cgroup v2, all capabilities, user namespaces and AppArmor (user-mode Linux;
# neither KVM nor a network is needed in it). It sees the repository, and may write there:
#   hack/vm.sh                         run the node specs of hack/vm-specs.focus in it (an hour at most)
#   hack/vm.sh -focus 'mission'        run a selection; passes its arguments to `hack/testnode e2e`
#   hack/vm.sh -- COMMAND              run a command in it and exit with its status
#   hack/vm.sh shell                   run a shell in it
#   hack/vm.sh clean                   remove what was made for it (550 MB)
# SLOW=N makes its clock run N times slower than this machine's, so that bounds of time hold there. The specs use 4. The first call
# installs Debian packages and makes a disk, for which it needs root, apt and Debian's archive.
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/lib.sh

case ${1:-} in
clean) rm -rf $OUT/vm && exit ;;
shell | --) targets=() ;;
*) targets=(node kubelet e2e) ;;
esac
need debootstrap debootstrap
need patchelf patchelf
need mke2fs e2fsprogs
need gcc gcc libc6-dev
((!${#targets[@]})) || hack/build.sh "${targets[@]}"
mkdir -p $OUT/reports $OUT/node/bin
go build -o $OUT/node/bin/testnode ./hack/testnode
testnode=$PWD/$OUT/node/bin/testnode

case ${1:-} in
shell) exec "$testnode" machine -slow "${SLOW:-1}" -limit 24h -shell ;;
--) exec "$testnode" machine -slow "${SLOW:-1}" "$@" ;;
'') set -- -focus "$(patterns hack/vm-specs.focus)" -junit $OUT/reports/e2e-vm.xml ;;
esac
# The suite ends before the machine does, and a minute of the machine's takes SLOW minutes.
slow=${SLOW:-4}
exec "$testnode" machine -slow "$slow" -limit 60m -- \
	"$testnode" e2e -systemd -report-dir $OUT/vm/report -timeout $((55 * 60 / slow))s "$@"
