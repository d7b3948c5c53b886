// SPDX-License-Identifier: Apache-2.0

// Command stops prints the measurements of the specs for stop paths as a table (table.go): one file from our kubelet and, optionally, one
// from the pristine one. hack/stops.sh runs the specs.
package main

import (
	"fmt"
	"os"

	"kubelet-ordering/hack/internal/jsonfile"
	"kubelet-ordering/hack/internal/markdown"
)

func main() {
	text, err := report(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "stops: %v\n", err)
		os.Exit(1)
	}
	fmt.Print(text)
}

// report returns the table of the measurements in the files.
func report(files []string) (string, error) {
	if len(files) == 0 || len(files) > 2 {
		return "", fmt.Errorf("usage: stops ORDERING.jsonl [PRISTINE.jsonl]")
	}
	var measured [2][]row
	for i, file := range files {
		rows, err := jsonfile.ReadLines[row](file)
		if err != nil {
			return "", fmt.Errorf("read what was measured: %w", err)
		}
		if len(rows) == 0 {
			return "", fmt.Errorf("%s has no measurements: no spec has got so far", file)
		}
		measured[i] = rows
	}
	return markdown.Align(table(measured[0], measured[1])), nil
}
