// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	tests := map[string]struct {
		text string
		want time.Duration
		bad  bool
	}{
		"a name with spaces": {text: "7 (a b) c) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0", want: 2 * time.Second},
		"too short":          {text: "7 (a) S 1 2", bad: true},
		"no number":          {text: "7 (a) S 1 2 3 4 5 6 7 8 9 10 x 50 0 0", bad: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := parseStat(test.text)
			if got != test.want || (err != nil) != test.bad {
				t.Errorf("got %v, %v, want %v", got, err, test.want)
			}
		})
	}
}

func TestParseStatus(t *testing.T) {
	tests := map[string]struct {
		text string
		want int64
		bad  bool
	}{
		"usual":     {text: "Name:\tkubelet\nVmRSS:\t   1024 kB\nThreads:\t9\n", want: 1 << 20},
		"none":      {text: "Name:\tkthreadd\n", bad: true},
		"no number": {text: "VmRSS:\t x kB\n", bad: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := parseStatus(test.text)
			if got != test.want || (err != nil) != test.bad {
				t.Errorf("got %v, %v, want %v", got, err, test.want)
			}
		})
	}
}

func TestProcess(t *testing.T) {
	self := process{pid: "self"}
	if _, err := self.Used(); err != nil {
		t.Error(err)
	}
	if memory, err := self.Memory(); err != nil || memory == 0 {
		t.Errorf("got %v, %v", memory, err)
	}
}
