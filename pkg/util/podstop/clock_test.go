// SPDX-License-Identifier: Apache-2.0

package podstop

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// The deadline only ever comes nearer, and is not later than the one that is given.
func TestClock(t *testing.T) {
	for name, tt := range map[string]struct {
		grace time.Duration
		// deadline, if set, is so long after the beginning.
		deadline time.Duration
		// shorten are grace periods by the time after which they are heard of.
		shorten map[time.Duration]time.Duration
		// want is when the deadline is, since the beginning.
		want time.Duration
	}{
		"the period":                    {grace: 30 * time.Second, want: 30 * time.Second},
		"an earlier deadline":           {grace: 30 * time.Second, deadline: 7 * time.Second, want: 7 * time.Second},
		"a later deadline":              {grace: 30 * time.Second, deadline: time.Minute, want: 30 * time.Second},
		"shortened":                     {grace: 30 * time.Second, shorten: map[time.Duration]time.Duration{5 * time.Second: 10 * time.Second}, want: 15 * time.Second},
		"shortened to later than it is": {grace: 30 * time.Second, shorten: map[time.Duration]time.Duration{25 * time.Second: 10 * time.Second}, want: 30 * time.Second},
		"not shortened by a longer one": {grace: 30 * time.Second, shorten: map[time.Duration]time.Duration{time.Second: 40 * time.Second}, want: 30 * time.Second},
		"shortened twice": {grace: 30 * time.Second, shorten: map[time.Duration]time.Duration{time.Second: 20 * time.Second, 2 * time.Second: 5 * time.Second},
			want: 7 * time.Second},
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
					t.Error("nothing is gone, and it says so")
				}
				if got := time.Since(began); got != tt.want {
					t.Errorf("the time was over after %s, want %s", got, tt.want)
				}
				if _, left, _ := c.Now(); left > 0 || !c.AtOnce() {
					t.Errorf("%s left, at once: %t", left, c.AtOnce())
				}
			})
		})
	}
}

// Who waits is woken when what is waited for is gone, and goes on waiting when the deadline comes nearer.
func TestClockWaitFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		c := NewClock(time.Minute, time.Second, time.Time{})
		gone := make(chan struct{})
		time.AfterFunc(2*time.Second, func() { c.Shorten(30 * time.Second) })
		time.AfterFunc(9*time.Second, func() { close(gone) })
		if !c.WaitFor(gone) || time.Since(began) != 9*time.Second {
			t.Errorf("it took %s", time.Since(began))
		}
	})
}

// A period of a second leaves no time for an order.
func TestClockAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for grace, want := range map[time.Duration]bool{0: true, time.Second: true, 2 * time.Second: false} {
			if got := NewClock(grace, time.Second, time.Time{}).AtOnce(); got != want {
				t.Errorf("%s: at once %t, want %t", grace, got, want)
			}
		}
		c := NewClock(time.Minute, time.Second, time.Time{})
		c.Shorten(time.Second)
		if began := time.Now(); c.WaitFor(make(chan struct{})) || time.Since(began) > 0 {
			t.Error("there was time to wait")
		}
	})
}

// A clock hears of what is published for its pod, of the newest alone when that comes fast, until it does not watch any more.
func TestGracePeriods(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var periods GracePeriods
		began := time.Now()
		c := NewClock(time.Minute, time.Second, time.Time{})
		seconds, stop := periods.Watch("uid")
		// Nobody has read the first one yet.
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
			t.Errorf("watchers %v are left", periods.watchers)
		}
		synctest.Wait()
		c.WaitFor(make(chan struct{}))
		if got := time.Since(began); got != 20*time.Second {
			t.Errorf("the time was over after %s, want 20 s", got)
		}
	})
}
