// SPDX-License-Identifier: Apache-2.0

// Package progress shows the user what a program is waiting for, and how long it has been waiting.
package progress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
	"k8s.io/apimachinery/pkg/util/wait"
)

// Log writes lines such as `testnode 12.3s  building runc`, with the time since the log was created.
type Log struct {
	out   io.Writer
	name  string
	begin time.Time
	// heartbeat is the interval between messages during a step.
	heartbeat time.Duration
	// terminal is out if that is a terminal, else nil. On a terminal, a heartbeat replaces the previous one.
	terminal *os.File

	mutex sync.Mutex
	// pending is set while the cursor is at the end of a heartbeat.
	pending bool
}

// New returns a log for the program with the given name. Its clock starts now.
func New(name string, out io.Writer) *Log {
	log := &Log{out: out, name: name, begin: time.Now(), heartbeat: 30 * time.Second}
	if file, ok := out.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		log.terminal, log.heartbeat = file, time.Second
	}
	return log
}

// Printf writes one line.
func (l *Log) Printf(format string, args ...any) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.clear()
	fmt.Fprintln(l.out, l.line(fmt.Sprintf(format, args...)))
}

func (l *Log) line(text string) string {
	return fmt.Sprintf("%s %6.1fs  %s", l.name, time.Since(l.begin).Seconds(), text)
}

// show writes a line. On a terminal, the next line replaces it.
func (l *Log) show(text string) {
	if l.terminal == nil {
		l.Printf("%s", text)
		return
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.clear()
	line := l.line(text)
	// Truncate the line: a wrapped line cannot be cleared.
	if width, _, err := term.GetSize(int(l.terminal.Fd())); err == nil && width > 0 {
		line = line[:min(len(line), width-1)]
	}
	fmt.Fprint(l.out, line)
	l.pending = true
}

func (l *Log) clear() {
	if l.pending {
		fmt.Fprint(l.out, "\r\x1b[K")
	}
	l.pending = false
}

// Step runs work. It prints what begins, repeats that while work runs, and prints how long it took.
func (l *Log) Step(what string, work func() error) error {
	return l.Share(what, since(time.Now()), work)
}

// Quick is like Share, but prints nothing unless the work takes long.
func (l *Log) Quick(what string, share func() string, work func() error) error {
	return l.beat(what, share, work, 30*time.Second)
}

// Share is a Step with a function that describes the progress so far. It may be called at any time.
func (l *Log) Share(what string, share func() string, work func() error) error {
	l.Printf("%s", what)
	return l.beat(what, share, work, time.Second)
}

func since(begin time.Time) func() string {
	return func() string { return fmt.Sprintf("still at it after %.0fs", time.Since(begin).Seconds()) }
}

// beat runs work with heartbeats. It prints how long the work took if that was longer than worth.
func (l *Log) beat(what string, share func() string, work func() error, worth time.Duration) error {
	begin := time.Now()
	done := make(chan error, 1)
	go func() { done <- work() }()
	ticker := time.NewTicker(l.heartbeat)
	defer ticker.Stop()
	for {
		select {
		case err := <-done:
			l.mutex.Lock()
			l.clear()
			l.mutex.Unlock()
			if err != nil {
				return fmt.Errorf("%s: %w", what, err)
			}
			if took := time.Since(begin); took > worth {
				l.Printf("%s: done in %.1fs", what, took.Seconds())
			}
			return nil
		case <-ticker.C:
			l.show(what + ": " + share())
		}
	}
}

// ErrFinal means that polling further is useless. It is wrapped in an error of Wait's ask function.
var ErrFinal = errors.New("no use waiting")

// Wait is a Step that polls ask until it returns nil or ErrFinal, the context ends or the limit is over. If it fails, its error
// includes ask's last error.
func (l *Log) Wait(ctx context.Context, what string, limit time.Duration, ask func() error) error {
	return l.Step(what, func() error {
		var last error
		err := wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, limit, true, func(context.Context) (bool, error) {
			if last = ask(); errors.Is(last, ErrFinal) {
				return false, last
			}
			return last == nil, nil
		})
		if err != nil && !errors.Is(err, ErrFinal) {
			return fmt.Errorf("gave up (%w), the last answer was: %w", err, last)
		}
		return err
	})
}
