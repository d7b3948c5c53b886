// SPDX-License-Identifier: Apache-2.0

// Command testsum reads the output of `go test -json` and prints the output of what failed, and one line that counts
// tests, subtests included, and packages. It exits with 1 when something failed or when no test ran.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

type event struct {
	Action  string
	Package string
	Test    string
	Output  string
}

type summary struct {
	passed, failed, skipped int
	packages                map[string]bool
	output                  map[string][]string
	failures                []string
	other                   []string
}

func read(in io.Reader) (*summary, error) {
	s := &summary{packages: map[string]bool{}, output: map[string][]string{}}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil || e.Action == "" {
			// What the go command itself says is no event.
			s.other = append(s.other, lines.Text())
			continue
		}
		s.add(e)
	}
	return s, lines.Err()
}

func (s *summary) add(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "output", "build-output":
		s.output[key] = append(s.output[key], e.Output)
		return
	case "pass", "fail", "skip":
	default:
		return
	}
	if e.Test == "" {
		s.packages[e.Package] = e.Action != "fail"
	} else {
		switch e.Action {
		case "pass":
			s.passed++
		case "fail":
			s.failed++
		case "skip":
			s.skipped++
		}
	}
	if e.Action == "fail" {
		s.failures = append(s.failures, key)
	}
	if e.Action == "pass" {
		delete(s.output, key)
	}
}

func (s *summary) ok() bool { return len(s.failures) == 0 && s.passed > 0 }

func (s *summary) print(out io.Writer, name string) {
	slices.Sort(s.failures)
	for _, key := range s.failures {
		fmt.Fprintf(out, "--- %s\n%s", key, strings.Join(s.output[key], ""))
	}
	if !s.ok() {
		for key, output := range s.output {
			// Build errors belong to no test.
			if strings.HasPrefix(key, " ") {
				fmt.Fprint(out, strings.Join(output, ""))
			}
		}
		for _, line := range s.other {
			fmt.Fprintln(out, line)
		}
	}
	fmt.Fprintf(out, "%s: %d passed, %d failed, %d skipped, in %d packages\n", name, s.passed, s.failed, s.skipped, len(s.packages))
}

func main() {
	s, err := read(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(1)
	}
	s.print(os.Stdout, strings.Join(os.Args[1:], " "))
	if !s.ok() {
		os.Exit(1)
	}
}
