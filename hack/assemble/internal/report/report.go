// SPDX-License-Identifier: Apache-2.0

// Package report estimates the work of moving the project to another upstream version.
package report

import (
	"fmt"
	"strings"

	"github.com/pmezard/go-difflib/difflib"

	"kubelet-ordering/hack/assemble/internal/own"
	"kubelet-ordering/hack/assemble/internal/seam"
)

// An Effort is the amount of work for a row.
type Effort string

// The efforts, from nothing to do to a rewrite.
const (
	None   Effort = "none"
	Review Effort = "review" // review upstream's change and write the new hash
	Adapt  Effort = "adapt"  // change the own declaration
	Rework Effort = "rework" // find another seam
)

// A Row describes one seam.
type Row struct {
	Seam   string `json:"seam"`
	Own    string `json:"own"`
	Status string `json:"status"`
	Effort Effort `json:"effort"`
	// ChangedLines counts the lines removed and added in upstream's declaration.
	ChangedLines int `json:"changedLines,omitempty"`
	// Detail explains the status: signatures, places.
	Detail []string `json:"detail,omitempty"`
}

// A Report compares the seams with another version.
type Report struct {
	From   string         `json:"from"`
	To     string         `json:"to"`
	Rows   []Row          `json:"seams"`
	Totals map[Effort]int `json:"totals"`
	// Shadowing are own files whose path also exists in the other version.
	Shadowing []string `json:"shadowing"`
}

// Compare reports how the seams, which were resolved against from, and the own files fit to.
func Compare(from, to seam.Source, seams []seam.Seam, files []own.File) (Report, error) {
	r := Report{Rows: []Row{}, Totals: map[Effort]int{}, Shadowing: []string{}}
	for _, s := range seams {
		row, err := compare(from, to, s)
		if err != nil {
			return Report{}, fmt.Errorf("comparing %s %s: %w", s.Kind, s.Target, err)
		}
		r.Rows = append(r.Rows, row)
		r.Totals[row.Effort]++
	}
	for _, f := range files {
		if to.Has(f.Path) {
			r.Shadowing = append(r.Shadowing, f.Path)
		}
	}
	return r, nil
}

func compare(from, to seam.Source, s seam.Seam) (Row, error) {
	row := Row{Seam: fmt.Sprintf("%s %s %s", s.Kind, s.Dir, s.Target), Own: fmt.Sprintf("%s:%d", s.Own, s.OwnLine)}
	before, err := seam.Find(from, s)
	if err != nil {
		return row, err
	}
	after, err := seam.Find(to, s)
	if err != nil {
		return row, err
	}
	if len(before) != 1 {
		return row, fmt.Errorf("the pinned version has %d such declarations", len(before))
	}
	switch len(after) {
	case 0:
		row.Status, row.Effort = "missing", Rework
	case 1:
		row.judge(before[0], after[0])
	default:
		row.Status, row.Effort = "several matches", Rework
		for _, d := range after {
			row.Detail = append(row.Detail, fmt.Sprintf("%s:%d", d.Path, d.Line))
		}
	}
	return row, nil
}

func (r *Row) judge(before, after seam.Decl) {
	var status []string
	r.Effort = None
	if before.Path != after.Path {
		status = append(status, "moved to another file")
		r.Detail = append(r.Detail, before.Path+" -> "+after.Path)
	}
	if before.Text != after.Text {
		r.ChangedLines = changedLines(before.Text, after.Text)
		status = append(status, fmt.Sprintf("body changed (%d lines)", r.ChangedLines))
		r.Effort = Review
	}
	if before.Signature != after.Signature {
		status = append(status, "signature changed")
		r.Detail = append(r.Detail, "was "+before.Signature, "is  "+after.Signature)
		r.Effort = Adapt
	}
	if status == nil {
		status = []string{"identical"}
	}
	r.Status = strings.Join(status, ", ")
}

// changedLines counts the lines removed and added.
func changedLines(before, after string) int {
	changed := 0
	for _, c := range difflib.NewMatcherWithJunk(difflib.SplitLines(before), difflib.SplitLines(after), false, nil).GetOpCodes() {
		if c.Tag != 'e' {
			changed += c.I2 - c.I1 + c.J2 - c.J1
		}
	}
	return changed
}
