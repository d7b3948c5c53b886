// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"
)

func TestLeaseBefore(t *testing.T) {
	died := time.Date(2026, 11, 27, 4, 36, 58, 900, time.UTC)
	for line, want := range map[string]bool{
		"123-abc 2026-11-27T04:36:58Z      containerd.io/gc.expire=2026-11-28T04:36:58Z": true,
		"123-abc 2026-11-27T05:36:57+01:00 -":                                            true,
		"123-abc 2026-11-27T04:37:03Z -":                                                 false,
		"cannot be listed: it is gone":                                                   false,
		"123-abc":                                                                        false,
		"":                                                                               false,
	} {
		if id, is := leaseBefore(line, died); is != want || is && id != "123-abc" {
			t.Errorf("%q: %q, %t, want %t", line, id, is, want)
		}
	}
	if _, is := leaseBefore("123-abc 2026-11-27T04:36:58Z -", time.Unix(0, 0)); is {
		t.Error("no containerd has died, but a lease is taken for that of one")
	}
}
