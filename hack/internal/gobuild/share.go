// SPDX-License-Identifier: Apache-2.0

package gobuild

import (
	"fmt"
	"runtime"
	"sync"
	"time"
)

// cpuPerPackage is the mean CPU time to compile a package, with its part of the linking, measured over all packages of a first run.
const cpuPerPackage = 600 * time.Millisecond

// share tracks how many of a plan's packages are done.
type share struct {
	total int
	begin time.Time

	mutex sync.Mutex
	done  int
	// end is the value of done at the end of the current build.
	end int
}

// start begins a build of the given number of packages, after the previous build has ended.
func (s *share) start(packages int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	// If another process compiled some packages of the previous build, they were not counted.
	s.done = s.end
	s.end += packages
}

// count counts a package as done. The last one of a build is done only when the program is linked, which start accounts for.
func (s *share) count() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.done = min(s.done+1, s.end-1)
}

// String returns text such as "1,234 of 2,345 packages, 52 %, about 4 minutes left".
func (s *share) String() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	left := estimate(s.total - s.done)
	if s.done > s.total/10 {
		left = time.Since(s.begin) / time.Duration(s.done) * time.Duration(s.total-s.done)
	}
	return fmt.Sprintf("%s of %s packages, %d %%, %s left", number(s.done), number(s.total), 100*s.done/max(s.total, 1), about(left))
}

// estimate returns how long that many packages take on an otherwise idle machine.
func estimate(packages int) time.Duration {
	return time.Duration(packages) * cpuPerPackage / time.Duration(runtime.GOMAXPROCS(0))
}

// about formats a duration with the precision of an estimate.
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

// number formats n with thousands separators.
func number(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", number(n/1000), n%1000)
}
