/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Preloaded into user-mode Linux: makes the machine's clock run slower than this machine's, by the factor in TESTNODE_SLOW. In its own
 * time the machine is that much faster, so that programs and tests that bound times see a machine which is not slow.
 *
 * The kernel asks for the time of two clocks and sets one-shot and periodic timers relative to now; it uses nothing else.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const long long second = 1000000000;

static long long factor(void)
{
	static long long known;

	if (known == 0) {
		const char *set = getenv("TESTNODE_SLOW");

		known = set ? atoll(set) : 1;
		if (known < 1)
			known = 1;
	}
	return known;
}

static long long ns(const struct timespec *time) { return time->tv_sec * second + time->tv_nsec; }

static void set_ns(struct timespec *time, long long value)
{
	time->tv_sec = value / second;
	time->tv_nsec = value % second;
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
	static long long first[CLOCK_MONOTONIC + 1];
	int failed = syscall(SYS_clock_gettime, clock, time);

	if (failed || (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC))
		return failed;
	if (first[clock] == 0)
		first[clock] = ns(time);
	set_ns(time, first[clock] + (ns(time) - first[clock]) / factor());
	return 0;
}

int timer_settime(timer_t timer, int flags, const struct itimerspec *want, struct itimerspec *old)
{
	struct itimerspec longer;

	set_ns(&longer.it_interval, ns(&want->it_interval) * factor());
	set_ns(&longer.it_value, ns(&want->it_value) * factor());
	return syscall(SYS_timer_settime, (int)(long)timer, flags, &longer, old);
}
