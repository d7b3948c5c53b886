// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"os"

	"kubelet-ordering/hack/bench/internal/report"
	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/internal/jsonfile"
	"kubelet-ordering/hack/internal/svg"
)

// tell writes the raw results, the table and the picture.
func tell(o options, r result.Run) error {
	fmt.Print(report.Markdown(r))
	err := jsonfile.Write(o.json, r)
	if err == nil {
		fmt.Fprintf(os.Stderr, "bench: raw results are in %s\n", o.json)
	}
	return errors.Join(err, draw(o, r))
}

// again reports an earlier run.
func again(o options) (int, error) {
	r, err := jsonfile.Read[result.Run](o.from)
	if err != nil {
		return 1, err
	}
	fmt.Print(report.Markdown(r))
	return 0, draw(o, r)
}

func draw(o options, r result.Run) error {
	if o.svg == "" {
		return nil
	}
	return svg.WriteFile(o.svg, report.SVG(report.Rows(r)))
}
