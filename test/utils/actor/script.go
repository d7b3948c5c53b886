// SPDX-License-Identifier: Apache-2.0

package actor

// script is sourced by all commands of an actor. The time of day comes from nmeter, because busybox's date does not support fractions
// of a second.
const script = `
stamp() {
	# A node that shuts down tells every process of a container to stop, these as well.
	until day=$(date -u +%F) && clock=$(nmeter -d0 %3t | head -n1) && [ -n "$clock" ]; do :; done
	now=${day}T${clock}Z
}
note() { stamp; echo "$now $POD $NAME $1" >> /stage/timeline; }

# Sleep in the background: a shell handles a signal immediately while it waits, but not before a foreground process has ended.
await() { until [ -e "/stage/$NAME.$1" ]; do sleep 0.1 & wait "$!"; done; }

# Takes 256 MiB of memory, and ends well if it gets them.
EAT='dd if=/dev/zero of=/dev/null bs=256M count=1'

# A cue ends one run only: a restarted container waits for the next cue.
perform() {
	trap 'note term; [ -z "$HOLD" ] || await stopped; note exit; exit 143' TERM
	[ -z "$PAGE_PORT" ] || open_page
	note start
	touch /tmp/started
	while :; do
		await done
		code=$(cat "/stage/$NAME.done")
		rm "/stage/$NAME.done"
		case $code in
		eat) note eat; exec $EAT ;;
		eat-in-child) note eat; $EAT; note spared ;;
		*) break ;;
		esac
	done
	[ "$code" = 0 ] || [ -z "$REPORT_TO" ] || report "$NAME.exit=$code"
	note exit
	exit "$code"
}

# An actor without cues. If TICKS is set, it exits by itself after that many tenths of a second, with CODE.
improvise() {
	trap 'note term; [ -z "$SITE_PORT" ] || close_site; sleep 0.3; note exit; exit 143' TERM
	note start
	sleep 0.3
	# Recorded before a probe can see it: on a busy node the next container starts faster than a line is written.
	[ -n "$NEVER_UP" ] || note up
	[ -z "$SITE_PORT" ] || open_site
	[ -n "$NEVER_UP" ] || touch /tmp/up
	# Whole clusters improvise: one that waits for its end must cost nothing.
	while [ -z "$TICKS" ]; do sleep 3600 & wait "$!"; done
	n=0
	while [ "$n" -lt "$TICKS" ]; do
		sleep 0.1 & wait "$!"
		n=$((n + 1))
	done
	note exit
	exit "$CODE"
}

hook() {
	note "$1"
	[ -z "$2" ] || await "$1"
	note "$1-done"
}

# Each instance of a container records only the first time that a probe passes. Two may run at once, and the kubelet ends one of them:
# from the lock on, nothing takes time, and none passes before the record is there.
probe() {
	[ -e "/stage/$NAME.$1" ] || exit 1
	[ ! -e "/tmp/$1" ] || return 0
	stamp
	set -C
	if { echo > "/tmp/$1.recording"; } 2>/dev/null; then
		echo "$now $POD $NAME $1" >> /stage/timeline
		echo > "/tmp/$1"
	else
		until [ -e "/tmp/$1" ]; do sleep 0.1; done
	fi
}
` + pageScript + siteScript + registryScript
