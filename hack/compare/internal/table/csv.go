// SPDX-License-Identifier: Apache-2.0

package table

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"kubelet-ordering/hack/compare/internal/record"
)

// The file has a column with the results of each side, and at its end one with what each side said of specs that failed or were
// skipped, unless the side before it said the same.
const (
	specColumn    = "spec"
	leftOutColumn = "left out"
	saysColumn    = " says"
)

// CSV writes one line per spec, from which ReadCSV reads the results again.
func (t Table) CSV(out io.Writer) error {
	head := []string{specColumn}
	for _, side := range t.Sides {
		head = append(head, fmt.Sprintf("%s (%s)", side.Name, side.Build))
	}
	head = append(head, leftOutColumn)
	for _, side := range t.Sides {
		head = append(head, side.Name+saysColumn)
	}
	records := [][]string{head}
	for _, row := range t.Rows {
		line := []string{row.Name}
		for _, side := range t.Sides {
			line = append(line, side.Result(row.Name).counts())
		}
		line = append(line, row.LeftOut)
		before := ""
		for _, side := range t.Sides {
			says := side.message(row.Name)
			if says == before {
				says = ""
			} else if says != "" {
				before = says
			}
			line = append(line, says)
		}
		records = append(records, line)
	}
	if err := csv.NewWriter(out).WriteAll(records); err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	return nil
}

// ReadCSV reads the sides with their results from what CSV has written. Of the order of a spec's attempts it knows nothing; all that
// failed say the same.
func ReadCSV(in io.Reader) ([]Side, error) {
	records, err := csv.NewReader(in).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read the table: %w", err)
	}
	if len(records) == 0 {
		return nil, errors.New("read the table: it is empty")
	}
	end := slices.Index(records[0], leftOutColumn)
	if end < 1 || len(records[0]) != 2*end || records[0][0] != specColumn {
		return nil, fmt.Errorf("read the table: its columns are %q", records[0])
	}
	var sides []Side
	for _, head := range records[0][1:end] {
		name, build, ok := strings.Cut(strings.TrimSuffix(head, ")"), " (")
		if !ok {
			return nil, fmt.Errorf("read the table: the column %q names no build", head)
		}
		sides = append(sides, Side{Name: name, Build: build, Attempts: map[string][]record.Attempt{}})
	}
	for n, line := range records[1:] {
		says := ""
		for i, side := range sides {
			result, err := parseCounts(line[i+1])
			if err != nil {
				return nil, fmt.Errorf("read the table: line %d, column %q: %w", n+2, records[0][i+1], err)
			}
			if own := line[end+i+1]; own != "" {
				says = own
			}
			for _, outcome := range result.outcomes() {
				for range *outcome.count {
					a := record.Attempt{Spec: line[0], State: outcome.state, Kubelet: side.Build}
					if outcome.state != passed {
						a.Message = says
					}
					side.Attempts[line[0]] = append(side.Attempts[line[0]], a)
				}
			}
		}
	}
	return sides, nil
}

// passed is ginkgo's state of a spec that has passed.
const passed = "passed"

// outcome is a kind of result: ginkgo's state, the word for it, and how often it was seen.
type outcome struct {
	state, word string
	count       *int
}

func (r *Result) outcomes() []outcome {
	return []outcome{{passed, "pass", &r.Passed}, {"failed", "fail", &r.Failed}, {"skipped", "skipped", &r.Skipped}}
}

const notRun = "not run"

// counts describes a result with how often each outcome was seen: "pass", "pass 2, fail".
func (r Result) counts() string {
	var parts []string
	for _, outcome := range r.outcomes() {
		switch *outcome.count {
		case 0:
		case 1:
			parts = append(parts, outcome.word)
		default:
			parts = append(parts, fmt.Sprintf("%s %d", outcome.word, *outcome.count))
		}
	}
	if len(parts) == 0 {
		return notRun
	}
	return strings.Join(parts, ", ")
}

// maxTimes bounds how often an outcome can have been seen.
const maxTimes = 1000

func parseCounts(text string) (r Result, err error) {
	if text == notRun {
		return r, nil
	}
	for part := range strings.SplitSeq(text, ", ") {
		word, times, counted := strings.Cut(part, " ")
		n := 1
		if counted {
			if n, err = strconv.Atoi(times); err != nil || n < 1 || n > maxTimes {
				return Result{}, fmt.Errorf("%q is no count of a result", part)
			}
		}
		outcomes := r.outcomes()
		i := slices.IndexFunc(outcomes, func(o outcome) bool { return o.word == word })
		if i < 0 {
			return Result{}, fmt.Errorf("%q is no result", part)
		}
		*outcomes[i].count += n
	}
	return r, nil
}
