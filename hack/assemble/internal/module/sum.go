// SPDX-License-Identifier: Apache-2.0

package module

import (
	"fmt"

	"golang.org/x/mod/sumdb/dirhash"
	"golang.org/x/sync/errgroup"
)

// Verify compares the files of the modules with the hashes in go.sum, so that the build uses the pinned files even if the
// module cache has changed since the download.
func Verify(modules []Module) error {
	var group errgroup.Group
	for _, m := range modules {
		group.Go(func() error {
			got, err := dirhash.HashDir(m.Dir, m.Path+"@"+m.Version, dirhash.Hash1)
			if err != nil {
				return fmt.Errorf("reading the module cache: %w; run go clean -modcache", err)
			}
			if got != m.Sum {
				return fmt.Errorf("the files of %s@%s in %s hash to %s, go.sum says %s: somebody changed them; run go clean -modcache",
					m.Path, m.Version, m.Dir, got, m.Sum)
			}
			return nil
		})
	}
	return group.Wait()
}
