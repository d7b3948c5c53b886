# SPDX-License-Identifier: Apache-2.0
# The process of a container, which writes down what it does.
note() { echo "$(cat /proc/sys/kernel/random/boot_id) $WHO $1" >>"$TIMELINE"; }
trap 'note term; sleep 0.5; note exit; exit 0' TERM
note start
sleep 0.5
note ready
touch /tmp/ready
[ -z "$ONCE" ] || { sleep 2; note exit; exit 0; }
while :; do sleep 0.1 & wait "$!"; done
