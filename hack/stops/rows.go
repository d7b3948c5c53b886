// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

// row is one container in one stop, as the specs write it. Times are in seconds since the first container was told to stop.
type row struct {
	Path      string   `json:"path"`
	Period    float64  `json:"period"`
	Container string   `json:"container"`
	ToldWant  *float64 `json:"toldWant"`
	Told      float64  `json:"told"`
	EndWant   *float64 `json:"endWant"`
	End       float64  `json:"end"`
}

func read(file string) ([]row, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("read what was measured: %w", err)
	}
	defer f.Close()
	var rows []row
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		var r row
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("read line %d of %s: %w", n, file, err)
		}
		rows = append(rows, r)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s has no measurements: no spec has got so far", file)
	}
	return rows, nil
}
