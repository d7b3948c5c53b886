// SPDX-License-Identifier: Apache-2.0

// Package docs checks the project's documents against the code, as far as a program can: its tests read every Markdown
// file of the repository.
//
//   - leftovers: no line of a document is a placeholder, or the mark of a conflict
//   - headings: KEP.md has the headings of the enhancement template, in its order
//   - links, paths: all link targets and file names in a document exist
//   - examples: every YAML example decodes strictly, and the kubelet would accept its container order
//   - names: metrics, events, reasons, feature gates and annotations exist in the code, and KEP.md has all of ours
//
// Each check is a function that returns the problems, so that tests can prove that it finds mistakes.
package docs
