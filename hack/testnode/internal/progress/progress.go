// SPDX-License-Identifier: Apache-2.0

// Package progress tells the person who waits what is being waited for, and for how long already.
package progress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// Log writes lines such as `testnode 12.3s building runc`; the time is that since the log was made.
type Log struct {
	out   io.Writer
	begin time.Time
	mutex sync.Mutex
	// Heartbeat is the longest silence during a step.
	Heartbeat time.Duration
}

// New returns a log that starts its clock now.
func New(out io.Writer) *Log {
	return &Log{out: out, begin: time.Now(), Heartbeat: 20 * time.Second}
}

// Printf writes one line.
func (l *Log) Printf(format string, args ...any) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	fmt.Fprintf(l.out, "testnode %6.1fs  %s\n", time.Since(l.begin).Seconds(), fmt.Sprintf(format, args...))
}

// Step says what begins, says so again while it goes on, and says how long it took.
func (l *Log) Step(what string, work func() error) error {
	l.Printf("%s", what)
	begin := time.Now()
	done := make(chan error, 1)
	go func() { done <- work() }()
	ticker := time.NewTicker(l.Heartbeat)
	defer ticker.Stop()
	for {
		select {
		case err := <-done:
			if err != nil {
				return fmt.Errorf("%s: %w", what, err)
			}
			if took := time.Since(begin); took > time.Second {
				l.Printf("%s: done in %.1fs", what, took.Seconds())
			}
			return nil
		case <-ticker.C:
			l.Printf("%s: still at it after %.0fs", what, time.Since(begin).Seconds())
		}
	}
}

// ErrFinal in an answer means that asking again is of no use.
var ErrFinal = errors.New("no use waiting")

// Wait is a step that asks again until the answer is nil or final, the context ends or the time is over; then it reports the
// last answer.
func (l *Log) Wait(ctx context.Context, what string, limit time.Duration, ask func() error) error {
	return l.Step(what, func() error {
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		for {
			err := ask()
			if err == nil || errors.Is(err, ErrFinal) {
				return err
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("gave up (%w), the last answer was: %w", ctx.Err(), err)
			case <-time.After(50 * time.Millisecond):
			}
		}
	})
}
