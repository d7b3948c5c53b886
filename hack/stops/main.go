// SPDX-License-Identifier: Apache-2.0

// Command stops prints what the specs of stop paths have measured as a table: one file from our kubelet and, if given, one from
// the pristine one.
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "stops: %v\n", err)
		os.Exit(1)
	}
}

func run(files []string) error {
	if len(files) == 0 || len(files) > 2 {
		return fmt.Errorf("usage: stops ORDERING.jsonl [PRISTINE.jsonl]")
	}
	var measured [2][]row
	for i, file := range files {
		rows, err := read(file)
		if err != nil {
			return err
		}
		measured[i] = rows
	}
	fmt.Print(table(measured[0], measured[1]))
	return nil
}
