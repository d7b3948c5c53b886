// SPDX-License-Identifier: Apache-2.0

package podstop

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// TestClock: the deadline only moves earlier, and is never later than the one passed to NewClock.
func TestClock(t *testing.T) {
	for name, tt := range map[string]struct {
		grace time.Duration
		// deadline is relative to the start. 0 means none.
		deadline time.Duration
		// shorten has the new grace periods, by the time of their arrival since the start.
		shorten map[time.Duration]time.Duration
		// want is the deadline, relative to the start.
		want time.Duration
	}{
		"the period":          {grace: 30 * time.Second, want: 30 * time.Second},
		"an earlier deadline": {grace: 30 * time.Second, deadline: 7 * time.Second, want: 7 * time.Second},
		"a later deadline":    {grace: 30 * time.Second, deadline: time.Minute, want: 30 * time.Second},
		"shortened": {
			grace: 30 * time.Second, shorten: map[time.Duration]time.Duration{5 * time.Second: 10 * time.Second},
			want: 15 * time.Second,
		},
		"a shorter period that ends after the deadline": {
			grace: 30 * time.Second, shorten: map[time.Duration]time.Duration{25 * time.Second: 10 * time.Second},
			want: 30 * time.Second,
		},
		"a longer period is ignored": {
			grace: 30 * time.Second, shorten: map[time.Duration]time.Duration{time.Second: 40 * time.Second},
			want: 30 * time.Second,
		},
		"shortened twice": {
			grace:   30 * time.Second,
			shorten: map[time.Duration]time.Duration{time.Second: 20 * time.Second, 2 * time.Second: 5 * time.Second},
			want:    7 * time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				var deadline time.Time
				if tt.deadline > 0 {
					deadline = began.Add(tt.deadline)
				}
				c := NewClock(tt.grace, time.Second, deadline)
				for at, grace := range tt.shorten {
					time.AfterFunc(at, func() { c.Shorten(grace) })
				}
				if c.WaitFor(make(chan struct{})) {
					t.Error("WaitFor() = true, but the channel is open")
				}
				if got := time.Since(began); got != tt.want {
					t.Errorf("deadline after %s, want %s", got, tt.want)
				}
				if _, left, _ := c.Now(); left > 0 || !c.AtOnce() {
					t.Errorf("after the deadline: %s left, AtOnce() = %t", left, c.AtOnce())
				}
			})
		})
	}
}

// TestClockWaitFor: WaitFor returns when the channel is closed. It keeps waiting when the deadline moves earlier.
func TestClockWaitFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		c := NewClock(time.Minute, time.Second, time.Time{})
		gone := make(chan struct{})
		time.AfterFunc(2*time.Second, func() { c.Shorten(30 * time.Second) })
		time.AfterFunc(9*time.Second, func() { close(gone) })
		if !c.WaitFor(gone) || time.Since(began) != 9*time.Second {
			t.Errorf("WaitFor() took %s, want 9 s and true", time.Since(began))
		}
	})
}

// TestClockAtOnce: a grace period of one second is too short for an ordered stop.
func TestClockAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for grace, want := range map[time.Duration]bool{0: true, time.Second: true, 2 * time.Second: false} {
			if got := NewClock(grace, time.Second, time.Time{}).AtOnce(); got != want {
				t.Errorf("%s: AtOnce() = %t, want %t", grace, got, want)
			}
		}
		c := NewClock(time.Minute, time.Second, time.Time{})
		c.Shorten(time.Second)
		if began := time.Now(); c.WaitFor(make(chan struct{})) || time.Since(began) > 0 {
			t.Error("WaitFor() waited, or returned true")
		}
	})
}

// TestGracePeriods: a clock follows the periods published for its pod until it stops watching. Of several unread periods it
// receives only the latest.
func TestGracePeriods(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var periods GracePeriods
		began := time.Now()
		c := NewClock(time.Minute, time.Second, time.Time{})
		seconds, stop := periods.Watch("uid")
		// The first period is still unread when the second is published.
		periods.Publish("uid", 5)
		periods.Publish("uid", 20)
		periods.Publish("other", 1)
		ctx, cancel := context.WithCancel(t.Context())
		go c.Follow(ctx, seconds)
		synctest.Wait()
		if _, left, _ := c.Now(); left != 20*time.Second {
			t.Errorf("%s left, want 20 s", left)
		}
		cancel()
		stop()
		periods.Publish("uid", 1)
		if len(periods.watchers) > 0 {
			t.Errorf("watchers after stop: %v, want none", periods.watchers)
		}
		synctest.Wait()
		c.WaitFor(make(chan struct{}))
		if got := time.Since(began); got != 20*time.Second {
			t.Errorf("deadline after %s, want 20 s", got)
		}
	})
}
