// SPDX-License-Identifier: Apache-2.0

package actor

// script is sourced by everything that runs in an actor. The time of day comes from nmeter, because busybox's date knows no
// fractions of a second.
const script = `
note() { echo "$(date -u +%F)T$(nmeter -d0 %3t | head -n1)Z $POD $NAME $1" >> /stage/timeline; }

# A shell that waits for a process in the background takes a signal at once, else only when the process has ended.
await() { until [ -e "/stage/$NAME.$1" ]; do sleep 0.1 & wait "$!"; done; }

# One cue ends one run: a container that is restarted waits for the next.
perform() {
	trap 'note term; [ -z "$HOLD" ] || await stopped; note exit; exit 143' TERM
	note start
	touch /tmp/started
	await done
	code=$(cat "/stage/$NAME.done")
	rm "/stage/$NAME.done"
	note exit
	exit "$code"
}

# Without cues: an actor that is given TICKS exits by itself after so many tenths of a second, with CODE.
improvise() {
	trap 'note term; sleep 0.3; note exit; exit 143' TERM
	note start
	sleep 0.3
	[ -n "$NEVER_UP" ] || { note up; touch /tmp/up; }
	n=0
	while [ -z "$TICKS" ] || [ "$n" -lt "$TICKS" ]; do
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

# Each instance of a container notes once that a probe of it passed.
probe() {
	[ -e "/stage/$NAME.$1" ] || exit 1
	[ -e "/tmp/$1" ] || { touch "/tmp/$1"; note "$1"; }
}
`
