// SPDX-License-Identifier: Apache-2.0

package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// A second command that would write into the same directory says which one it is and does nothing; it may run after the first.
func TestTakeTurn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "compare")
	release, err := takeTurn(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := takeTurn(dir); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("the error %v does not name the directory %s", err, dir)
	}
	if other, err := takeTurn(t.TempDir()); err != nil {
		t.Errorf("another directory: %v", err)
	} else {
		other()
	}
	release()
	if release, err = takeTurn(dir); err != nil {
		t.Fatalf("after the end of the first: %v", err)
	}
	release()
}
