// SPDX-License-Identifier: Apache-2.0

package module

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"sync"
)

// A Summer computes a module's hash from its files while they are copied, so that what is built is what go.sum names,
// and not merely what was downloaded once. It may be used by several goroutines.
type Summer struct {
	module Module
	mu     sync.Mutex
	files  [][2]string // name, hash
}

// NewSummer returns a Summer for the files of m.
func NewSummer(m Module) *Summer { return &Summer{module: m} }

// Add takes in one file; its name is relative to the module's root.
func (s *Summer) Add(name string, data []byte) {
	hash := fmt.Sprintf("%x", sha256.Sum256(data))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files = append(s.files, [2]string{name, hash})
}

// Sum returns the hash of the files so far, in the format of go.sum.
func (s *Summer) Sum() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.SortFunc(s.files, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	h := sha256.New()
	for _, f := range s.files {
		fmt.Fprintf(h, "%s  %s@%s/%s\n", f[1], s.module.Path, s.module.Version, f[0])
	}
	return "h1:" + base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// Check compares the hash of the files with the one that go.sum names.
func (s *Summer) Check() error {
	if got := s.Sum(); got != s.module.Sum {
		return fmt.Errorf("the files of %s@%s in %s hash to %s, go.sum says %s: somebody changed them; run go clean -modcache",
			s.module.Path, s.module.Version, s.module.Dir, got, s.module.Sum)
	}
	return nil
}
