// SPDX-License-Identifier: Apache-2.0

package webhook

import (
	"testing"
	"time"
)

func TestWindows(t *testing.T) {
	w := windows{0, 0, 3, 0, 0, 0}
	for name, test := range map[string]struct {
		from, to int // in windows
		want     bool
	}{
		"nothing was taken":         {from: 0, to: 1, want: true},
		"something was taken":       {from: 1, to: 2},
		"in the window before":      {from: 3, to: 3},
		"after that":                {from: 4, to: 5, want: true},
		"longer than was looked at": {from: 5, to: 6},
	} {
		t.Run(name, func(t *testing.T) {
			from, to := window*time.Duration(test.from)+1, window*time.Duration(test.to)+1
			if got := w.undisturbed(from, to); got != test.want {
				t.Errorf("got %t, want %t", got, test.want)
			}
		})
	}
	// 3 hundredths of a second of 6 windows on 2 processors.
	if got, want := w.total(2), 0.03/(6*window.Seconds()*2); got != want {
		t.Errorf("share %v, want %v", got, want)
	}
}
