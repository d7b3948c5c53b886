// SPDX-License-Identifier: Apache-2.0

package ordering

import (
	"context"
	"time"
)

// Sleep waits for the given time, and reports whether it has passed before the context ended.
func Sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
