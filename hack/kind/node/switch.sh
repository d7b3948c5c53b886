#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Exchanges the kubelet of the node that it runs on, as root:
#   switch.sh facts [FILE]   print what the node is and has; tries whether the kubelet FILE runs on it
#   switch.sh ours FILE      put the kubelet FILE in place of the node's own, which stays beside it as kubelet.stock
#   switch.sh stock          put the node's own kubelet back
# No container stops. The new kubelet has TIMEOUT seconds (120) to come up; if it does not, the old one is put back. Where a
# Debian package owns the kubelet, a diversion keeps upgrades of the package away from ours: they go to kubelet.stock.
#
# hack/kind.sh sends this file to a node and runs it there, after it has looked at the node's pods; run by hand, it looks at
# none. Results go to stdout, one "key value" a line, all else to stderr. Not a line of bash: a node may have none.
set -eu
UNIT=${UNIT:-kubelet}
TIMEOUT=${TIMEOUT:-120}
KUBELET_CONF=${KUBELET_CONF:-/etc/kubernetes/kubelet.conf}
LOCK=${LOCK:-/run/kubelet-switch.lock}

say() { printf '%s\n' "$*" >&2 || :; }
result() { printf '%s\n' "$*" || :; }
die() { say "switch.sh: $*"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# version FILE prints a kubelet's version, or fails with the reason why it does not run.
version() {
	answer=$(timeout 20 "$1" --version 2>&1 </dev/null) || { printf '%s\n' "$answer"; return 1; }
	printf '%s\n' "${answer#Kubernetes }"
}

is_ours() { case $1 in *+ordering.*) return 0 ;; *) return 1 ;; esac }

# find_kubelet prints the program that the unit starts.
find_kubelet() {
	path=
	! has systemctl || path=$(systemctl show "$UNIT" -p ExecStart --value 2>/dev/null | sed -n 's/.*path=\([^ ;]*\).*/\1/p' | tail -n 1)
	[ -n "$path" ] || path=$(command -v kubelet || :)
	printf '%s\n' "$path"
}

# package prints the Debian package that owns the node's kubelet, or nothing.
package() {
	has dpkg-query || return 0
	dpkg-query -S "$KUBELET" 2>/dev/null | sed -n '/^diversion /!s/: .*//p' | head -n 1
}

# divert keeps the package's file at kubelet.stock from now on, undivert at its own name. The caller moves the files.
divert() {
	[ -n "$(package)" ] || return 0
	case $(dpkg-divert --truename "$KUBELET") in
	"$KUBELET") dpkg-divert --quiet --local --no-rename --divert "$STOCK" --add "$KUBELET" >&2 && diverted=yes ;;
	"$STOCK") ;;
	*) die "a diversion sends $KUBELET to $(dpkg-divert --truename "$KUBELET"): remove it (dpkg-divert --list '*kubelet*') or switch by hand" ;;
	esac
}

undivert() {
	has dpkg-divert || return 0
	[ "$(dpkg-divert --truename "$KUBELET")" = "$STOCK" ] || return 0
	dpkg-divert --quiet --local --no-rename --divert "$STOCK" --remove "$KUBELET" >&2
}

# runtime_socket makes crictl find the container runtime where nobody has told it.
runtime_socket() {
	[ -z "${CONTAINER_RUNTIME_ENDPOINT:-}" ] && [ ! -e /etc/crictl.yaml ] || return 0
	for socket in /run/containerd/containerd.sock /run/crio/crio.sock; do
		[ ! -S "$socket" ] || { export CONTAINER_RUNTIME_ENDPOINT="unix://$socket"; return 0; }
	done
}

# running prints the IDs of all sandboxes and containers that run.
running() {
	crictl pods -q --state ready </dev/null 2>/dev/null || return 1
	crictl ps -q </dev/null 2>/dev/null
}

# compare reports which of the IDs in $before still run.
compare() {
	if [ "$before" = unknown ] || ! after=$(running); then
		result "kept unknown"
		say "the containers were not compared: crictl is missing, or does not reach the runtime"
		return 0
	fi
	kept=0
	for id in $before; do
		case "
$after
" in
		*"
$id
"*) kept=$((kept + 1)) ;;
		*) result "gone $id $({ crictl ps -a --id "$id"; crictl pods --id "$id"; } 2>/dev/null </dev/null | grep "^$(printf '%.12s' "$id")" | tr -s ' ' | head -n 1)" ;;
		esac
	done
	result "kept $kept"
}

# healthy asks the kubelet itself. Without a program to ask with, a process that has lived for 10 s counts.
healthy() {
	url=http://127.0.0.1:10248/healthz
	if has curl; then
		[ "$(curl -fsS -m 2 "$url" 2>/dev/null </dev/null)" = ok ]
	elif has wget; then
		[ "$(wget -q -T 2 -O - "$url" 2>/dev/null </dev/null)" = ok ]
	else
		pid=$(systemctl show "$UNIT" -p MainPID --value)
		[ "${seen:-}" = "$pid" ] || { seen=$pid; since=$(date +%s); }
		[ "$pid" != 0 ] && [ $(($(date +%s) - since)) -ge 10 ]
	fi
}

ask_api() { kubectl --kubeconfig "$KUBELET_CONF" --request-timeout 5s "$@" 2>/dev/null </dev/null; }

# node_name prints the node's name, if the node can ask the API server.
node_name() {
	{ has kubectl && [ -r "$KUBELET_CONF" ]; } || return 0
	ask_api auth whoami -o 'jsonpath={.status.userInfo.username}' | sed -n 's/^system:node://p' || :
}

# restarts prints how often systemd has started the kubelet again because it had ended.
restarts() {
	count=$(systemctl show "$UNIT" -p NRestarts --value 2>/dev/null || :)
	printf '%s\n' "${count:-0}"
}

# comes_up VERSION waits until the kubelet is healthy and the node Ready with that version, as far as the node can ask.
comes_up() {
	begin=$(date +%s) told=$begin ready=unknown ended=$(restarts)
	while :; do
		now=$(date +%s) state=$(systemctl is-active "$UNIT" || :)
		if [ "$state" = active ] && healthy; then
			[ -n "$node" ] || return 0
			answer=$(ask_api get node "$node" -o \
				'jsonpath={.status.nodeInfo.kubeletVersion} {.status.conditions[?(@.type=="Ready")].status}' || :)
			[ "$answer" != "$1 True" ] || { ready=yes; return 0; }
			state="healthy, the API server says '$answer'"
		fi
		[ $(($(restarts) - ended)) -lt 3 ] || { say "the kubelet has ended three times"; return 1; }
		[ $((now - begin)) -lt "$TIMEOUT" ] || { say "the kubelet is not up after $TIMEOUT s: $state"; return 1; }
		[ $((now - told)) -lt 10 ] || { told=$now; say "waiting for $1 since $((now - begin)) s: $state"; }
		sleep 0.5
	done
}

# exchange VERSION makes kubelet.new the kubelet and waits until it is up. If it does not come up, the old one returns.
exchange() {
	began=$(date +%s)
	before=$(running) || before=unknown
	! has restorecon || restorecon "$KUBELET.new" || :
	rm -f "$KUBELET.previous"
	ln "$KUBELET" "$KUBELET.previous" 2>/dev/null || cp -a "$KUBELET" "$KUBELET.previous"
	# From here on a lost connection or Ctrl-C ends nothing: the node is not left between two kubelets.
	trap '' HUP INT TERM PIPE
	mv -f "$KUBELET.new" "$KUBELET"
	say "restarting $UNIT with $1"
	if systemctl restart "$UNIT" </dev/null && comes_up "$1"; then
		rm -f "$KUBELET.previous"
		result "ready $ready"
		result "seconds $(($(date +%s) - began))"
		compare
		return 0
	fi
	! has journalctl || journalctl -u "$UNIT" -n 15 -o cat --no-pager >&2 </dev/null || :
	say "putting $have back"
	mv -f "$KUBELET.previous" "$KUBELET"
	[ -z "${diverted:-}" ] || undivert || :
	[ -z "${kept_stock:-}" ] || rm -f "$STOCK"
	systemctl restart "$UNIT" </dev/null || :
	if comes_up "$have"; then
		compare
		die "$1 did not come up on this node; $have is back and runs"
	fi
	die "$1 did not come up on this node; $have is back, and does not come up either: see journalctl -u $UNIT"
}

ours() {
	[ -f "$1" ] || die "there is no file $1"
	want=$(version "$1") || die "the kubelet $1 does not run on this node: $want"
	is_ours "$want" || die "$1 is $want, not a kubelet of this project (hack/build.sh kubelet builds one)"
	result "from $have"
	result "to $want"
	cp "$1" "$KUBELET.new"
	chmod 755 "$KUBELET.new"
	chown 0:0 "$KUBELET.new"
	if ! is_ours "$have"; then
		cp -a "$KUBELET" "$STOCK.new"
		mv -f "$STOCK.new" "$STOCK"
		kept_stock=yes
	fi
	divert
	exchange "$want"
}

stock() {
	if ! is_ours "$have"; then
		result "from $have"
		result "to $have"
		say "the node has its own kubelet, $have, already"
		return 0
	fi
	[ -x "$STOCK" ] || die "there is no $STOCK to go back to: copy the node's own kubelet there, or let the package manager \
install it again (apt-get install --reinstall kubelet)"
	want=$(version "$STOCK") || die "$STOCK does not run: $want"
	! is_ours "$want" || die "$STOCK is $want, not the node's own kubelet: copy that there"
	result "from $have"
	result "to $want"
	cp -a "$STOCK" "$KUBELET.new"
	exchange "$want"
	undivert
	rm -f "$STOCK"
}

facts() {
	result "arch $(uname -m)"
	result "libc $(getconf GNU_LIBC_VERSION 2>/dev/null || echo other)"
	if [ -e /sys/fs/cgroup/cgroup.controllers ]; then result "cgroup 2"; else result "cgroup 1"; fi
	! has systemctl || result "systemd $(systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')"
	result "kubelet $KUBELET"
	result "version $have"
	[ ! -x "$STOCK" ] || result "stock $(version "$STOCK" | head -n 1)"
	result "package $(package)"
	result "node $node"
	[ -z "${1:-}" ] || if tried=$(version "$1"); then result "runs $tried"; else result "fails $(printf '%s' "$tried" | tr '\n' ' ')"; fi
}

main() {
	command=${1:-}
	[ $# -eq 0 ] || shift
	case $command:$# in facts:0 | facts:1 | ours:1 | stock:0) ;; *) die "usage: switch.sh facts [FILE] | ours FILE | stock" ;; esac
	case ${1:-/} in /*) ;; *) set -- "$PWD/$1" ;; esac
	KUBELET=$(find_kubelet)
	[ -e "${KUBELET:-/nowhere}" ] || die "no kubelet found: the unit $UNIT starts '$KUBELET'; name the unit with UNIT="
	STOCK=$KUBELET.stock
	have=$(version "$KUBELET") || die "the node's kubelet $KUBELET does not run: $have"
	node=$(node_name)
	[ "$command" != facts ] || { facts "$@"; return; }
	[ "$(id -u)" = 0 ] || die "this needs root: use sudo"
	exec 9>"$LOCK"
	! has flock || flock -n 9 || die "another switch is under way on this node ($LOCK)"
	trap 'rm -f "$KUBELET.new" "$STOCK.new"' EXIT
	trap 'exit 130' HUP INT TERM
	runtime_socket
	"$command" "$@"
}
main "$@"
