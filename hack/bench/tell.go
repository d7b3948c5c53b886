// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"kubelet-ordering/hack/bench/internal/report"
	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/internal/jsonfile"
)

// tell writes the results of a run.
func tell(o options, r result.Run) error {
	text, err := report.Markdown(r)
	errs := []error{err}
	fmt.Print(text)
	if o.from == "" {
		if err := jsonfile.Write(o.json, r); err != nil {
			errs = append(errs, fmt.Errorf("keep the raw results with -json: %w", err))
		} else {
			fmt.Fprintf(os.Stderr, "bench: raw results are in %s\n", o.json)
		}
	}
	if o.svg != "" {
		errs = append(errs, write(o.svg, report.SVG(report.Rows(r))))
	}
	if o.gobench != "" {
		errs = append(errs, write(o.gobench, []byte(report.GoBenchmark(r))))
	}
	return errors.Join(errs...)
}

// again reports the results of an earlier run.
func again(o options) (int, error) {
	r, err := jsonfile.Read[result.Run](o.from)
	if err != nil {
		return 1, fmt.Errorf("read an earlier run: %w", err)
	}
	return 0, tell(o, r)
}

// write writes a file, and creates its directory if needed.
func write(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("make a directory for the report: %w", err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}
