// SPDX-License-Identifier: Apache-2.0

package own

// Version returns the fork's version: upstream's, with the own files' hash as build metadata, which semantic versioning
// ignores when it compares versions.
func Version(upstream string, files []File) string {
	return upstream + "+ordering." + Hash(files)[:12]
}
