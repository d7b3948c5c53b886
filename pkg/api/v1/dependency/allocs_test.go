// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"math"
	"runtime"
	"testing"
)

// These constants bound what a decoder may allocate: allocsPerByte for each byte of its input, allocsPerMark for each
// character that structures YAML, and allocsOfAny for any input, however short.
const (
	allocsPerByte = 64
	allocsPerMark = 2 << 10
	allocsOfAny   = 16 << 10
)

// allocated returns the number of bytes that a call of the function allocates. It repeats a call that takes more than the
// limit, in case another goroutine has allocated meanwhile, or the call has filled a cache.
func allocated(limit int, call func()) int {
	least := math.MaxInt
	for range 5 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		call()
		runtime.ReadMemStats(&after)
		if least = min(least, int(after.TotalAlloc-before.TotalAlloc)); least <= limit {
			break
		}
	}
	return least
}

// expectAllocs fails the test if a call of the function allocates more than the limit.
func expectAllocs(t *testing.T, what string, limit int, call func()) {
	t.Helper()
	if got := allocated(limit, call); got > limit {
		t.Errorf("%s: %d bytes were allocated, want at most %d", what, got, limit)
	}
}

// decodeLimit returns how many bytes decoding the text may allocate.
func decodeLimit(text string) int {
	limit := allocsOfAny + allocsPerByte*min(len(text), MaxLifecycleBytes)
	if marks := yamlMarks(text); len(text) <= MaxLifecycleBytes && marks <= MaxYAMLMarks {
		limit += allocsPerMark * marks
	}
	return limit
}
