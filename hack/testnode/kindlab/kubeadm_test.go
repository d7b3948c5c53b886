// SPDX-License-Identifier: Apache-2.0

package main

import "testing"

func TestNext(t *testing.T) {
	tests := map[string]string{"v1.37.1": "v1.37.2", "v1.37.9": "v1.37.10", "v1.37.0-rc.1": "v1.37.0-rc.2", "v1": "", "": ""}
	for version, want := range tests {
		got, err := next(version)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("after %q: got %q and %v, want %q", version, got, err, want)
		}
	}
}
