// SPDX-License-Identifier: Apache-2.0

// Package docs keeps the project's documents true, as far as a program can tell: its tests read every Markdown file of
// the repository and compare what it says with the code.
//
//   - headings: KEP.md has the headings of the enhancement template, in its order
//   - links, paths: what a document links to or names as a file exists
//   - examples: every YAML example decodes strictly, and its container order is one that the kubelet would follow
//   - names: metrics, events, reasons, feature gates and annotations exist in the code, and KEP.md has all of ours
//
// Each check is a function that returns what is wrong, so that tests can show that it finds mistakes.
package docs
