// SPDX-License-Identifier: Apache-2.0

package progress

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestStepSpeaksUpDuringALongWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log := New("test", &out)
		if err := log.Step("building", func() error { time.Sleep(70 * time.Second); return nil }); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"building\n", "still at it after 30s", "still at it after 60s", "done in 70.0s"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%q is missing in\n%s", want, out.String())
			}
		}
	})
}

func TestWait(t *testing.T) {
	broken := errors.New("not yet")
	tests := map[string]struct {
		// answers are returned in turn; the last one is repeated.
		answers []error
		want    error
		took    time.Duration
	}{
		"at once":  {answers: []error{nil}},
		"later":    {answers: []error{broken, broken, nil}, took: 100 * time.Millisecond},
		"never":    {answers: []error{broken}, want: broken, took: time.Minute},
		"hopeless": {answers: []error{broken, fmt.Errorf("it is dead: %w", ErrFinal)}, want: ErrFinal, took: 50 * time.Millisecond},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin, asked := time.Now(), 0
				err := New("test", &bytes.Buffer{}).Wait(context.Background(), "x", time.Minute, func() error {
					asked++
					return test.answers[min(asked, len(test.answers))-1]
				})
				if !errors.Is(err, test.want) || (err == nil) != (test.want == nil) {
					t.Errorf("got %v, want %v", err, test.want)
				}
				if took := time.Since(begin); took != test.took {
					t.Errorf("took %v, want %v", took, test.took)
				}
			})
		})
	}
}
