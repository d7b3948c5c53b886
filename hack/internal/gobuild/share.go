// SPDX-License-Identifier: Apache-2.0

package gobuild

import (
	"fmt"
	"runtime"
	"sync"
	"time"
)

// cpuPerPackage is what a package takes of one core, compiled and linked: the mean of all that a first run builds.
const cpuPerPackage = 600 * time.Millisecond

// share is how much of all builds of a plan is done.
type share struct {
	total int
	begin time.Time

	mutex sync.Mutex
	done  int
	// end is what done is when the present build has ended.
	end int
}

// start begins a build of so many packages; the one before it has ended.
func (s *share) start(packages int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	// Somebody else may have compiled some of them, which were then not counted.
	s.done = s.end
	s.end += packages
}

// count counts a package. The last of a build is not done before the program is linked.
func (s *share) count() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.done = min(s.done+1, s.end-1)
}

// String is such as "1,234 of 2,345 packages, 52 %, about 4 minutes left".
func (s *share) String() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	left := estimate(s.total - s.done)
	if s.done > s.total/10 {
		left = time.Since(s.begin) / time.Duration(s.done) * time.Duration(s.total-s.done)
	}
	return fmt.Sprintf("%s of %s packages, %d %%, %s left", number(s.done), number(s.total), 100*s.done/max(s.total, 1), about(left))
}

// estimate is how long that many packages take when the machine does nothing else.
func estimate(packages int) time.Duration {
	return time.Duration(packages) * cpuPerPackage / time.Duration(runtime.GOMAXPROCS(0))
}

// about rounds to what an estimate is worth.
func about(duration time.Duration) string {
	switch minutes := int(duration.Round(time.Minute).Minutes()); {
	case duration < 45*time.Second:
		return "less than a minute"
	case minutes == 1:
		return "about 1 minute"
	default:
		return fmt.Sprintf("about %d minutes", minutes)
	}
}

// number separates thousands.
func number(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", number(n/1000), n%1000)
}
