// SPDX-License-Identifier: Apache-2.0

package e2ecluster

// standInScripts are the files of the directory that stand-ins share. They use the script of the actors.
var standInScripts = map[string]string{
	// The shell sleeps in the background and waits: so it handles signals at once, and needs no processor time. A signal that
	// comes while it handles another is not to make it exit twice.
	"stand-in": `
stand_in() {
	trap 'trap "" USR1; note term; farewell; sleep 0.3; note exit; exit 143' TERM
	trap 'trap "" TERM; note exit; exit 0' USR1
	note start
	[ -z "$NEEDS" ] || [ -e "$NEEDS" ] || note "lacks $NEEDS"
	[ -z "$REMOTE" ] || mount --bind /remote "$REMOTE"
	sleep "${WARM_UP:-0.3}" & wait "$!"
	[ -z "$CUE" ] || await "$CUE"
	[ -z "$MAKES" ] || date > "$MAKES"
	[ -z "$REGISTRY" ] || registry register
	# Before a probe can see it: on a busy node the next container starts faster than a line is written.
	note up
	greet
	touch /tmp/up
	sleep "${SECONDS_UP:-86400}" & wait "$!"
	note exit
	exit "${CODE:-0}"
}

# Files answer the probes: httpd says 404 for a path as long as it has none.
greet() {
	for each in $SERVE; do
		port=${each%%/*}
		file=/tmp/www/${each#*/}
		case "$file" in */) file=${file}index.html ;; esac
		mkdir -p "${file%/*}"
		touch "$file"
		case " $served " in *" $port "*) ;; *) httpd -p "$port" -h /tmp/www; served="$served $port" ;; esac
	done
	[ -z "$AGENT_PORT" ] || nc -ll -p "$AGENT_PORT" -e /stand-ins/answer &
}

farewell() {
	[ -z "$REGISTRY" ] || registry deregister
	[ -z "$LAST_WORDS" ] || echo last > "$LAST_WORDS"
}

registry() {
	until printf 'GET /%s/%s/%s HTTP/1.0\r\n\r\n' "$1" "$POD" "$POD_IP" | nc "${REGISTRY%:*}" "${REGISTRY#*:}" | grep -q ' 200 '; do
		sleep 0.1
	done
}
`,
	// answer answers one HTTP request to an agent that does more than serve files.
	"answer": `#!/bin/sh
. /stage/script
read -r verb path rest
while read -r line && [ "${#line}" -gt 1 ]; do :; done
say() { printf 'HTTP/1.0 %s\r\nContent-Length: 0\r\n\r\n' "$1"; }
case "$path" in
/quitquitquit)
	note quit
	say '200 OK'
	kill -USR1 1
	;;
/app-health/*)
	target=$(echo "$ISTIO_KUBE_APP_PROBERS" | sed -n 's|.*"'"$path"'":{"httpGet":{"path":"\([^"]*\)","port":\([0-9]*\).*|\1 \2|p')
	if printf 'GET %s HTTP/1.0\r\n\r\n' "${target% *}" | nc 127.0.0.1 "${target#* }" | head -n1 | grep -q ' 200 '; then
		say '200 OK'
	else
		say '500 Not ready'
	fi
	;;
*) say '404 Not found' ;;
esac
`,
	"pilot-agent": `#!/bin/sh
. /stage/script
case "$1" in
wait) until [ -e /tmp/up ]; do sleep 0.1; done; note awaited ;;
request) note "$4" ;;
esac
`,
	"linkerd-await": `#!/bin/sh
. /stage/script
until [ -e /tmp/up ]; do sleep 0.1; done
note awaited
`,
	"certificate-agent": `#!/bin/sh
[ "$1" = check ] && [ -e /tmp/up ]
`,
	"vault": `#!/bin/sh
. /stage/script
note "$2"
`,
	"bash": `#!/bin/sh
exec sh "$@"
`,
	// check_mount.sh gets the mount point.
	"check_mount.sh": `#!/bin/sh
. /stage/script
until grep -q " $1 " /proc/mounts; do sleep 0.1; done
note mounted
`,
}
