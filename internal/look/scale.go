// SPDX-License-Identifier: Apache-2.0

package look

import "time"

// Horizon is how much time a picture shows. While the pod runs it grows in steps, so that the picture does not creep; at the end it is
// a little longer than the elapsed time.
func Horizon(elapsed time.Duration, done bool) time.Duration {
	if done {
		return max(elapsed+elapsed/14, time.Second)
	}
	for _, seconds := range []int{10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 450, 600, 900, 1200, 1800, 3600} {
		if horizon := time.Duration(seconds) * time.Second; elapsed+elapsed/14 < horizon {
			return horizon
		}
	}
	return elapsed + elapsed/4
}

// Tick is the distance between the marks of an axis that has room for that number of marks.
func Tick(horizon time.Duration, room int) time.Duration {
	for _, seconds := range []int{1, 2, 5, 10, 20, 30, 60, 120, 300, 600} {
		if tick := time.Duration(seconds) * time.Second; int(horizon/tick) <= room {
			return tick
		}
	}
	return 30 * time.Minute
}
