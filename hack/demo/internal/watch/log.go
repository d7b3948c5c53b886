// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"

	"kubelet-ordering/hack/demo/internal/facts"
)

// tail reads a growing file from where it ended at first.
type tail struct {
	file *bufio.Reader
	// rest is the beginning of a line that is not complete.
	rest string
}

func follow(path string) (*tail, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("follow the kubelet's log: %w", err)
	}
	if _, err := file.Seek(0, io.SeekEnd); err != nil {
		file.Close()
		return nil, fmt.Errorf("follow the kubelet's log %q: %w", path, err)
	}
	return &tail{file: bufio.NewReader(file)}, nil
}

// lines are those that were completed since the last call.
func (t *tail) lines() ([]string, error) {
	var lines []string
	for {
		part, err := t.file.ReadString('\n')
		t.rest += part
		switch {
		case errors.Is(err, io.EOF):
			return lines, nil
		case err != nil:
			return nil, fmt.Errorf("read the kubelet's log: %w", err)
		}
		lines = append(lines, strings.TrimSuffix(t.rest, "\n"))
		t.rest = ""
	}
}

var (
	killing    = regexp.MustCompile(`fieldPath="spec\.(?:initC|c)ontainers\{([^}]+)\}".* reason="Killing"`)
	named      = regexp.MustCompile(` containerName="([^"]+)"`)
	identified = regexp.MustCompile(` containerID="(?:[^":]+://)?([0-9a-f]+)"`)
)

// parse reads a line of the kubelet's log; ok is false for the many that say nothing of use. The line that the
// kubelet writes for its Killing event comes before the preStop hook; it is written by a goroutine of its own, and so may be
// late, by far less than a millisecond unless the machine is very busy.
func parse(text, pod, uid string, now time.Time) (facts.Line, bool) {
	at, ok := stamp(text, now)
	if !ok {
		return facts.Line{}, false
	}
	line := facts.Line{At: at}
	if strings.Contains(text, `"Event occurred"`) {
		match := killing.FindStringSubmatch(text)
		if match == nil || !strings.Contains(text, `object="`+pod+`"`) {
			return line, false
		}
		line.Container, line.Step = match[1], facts.Told
		return line, true
	}
	switch {
	case !strings.Contains(text, uid):
		return line, false
	case strings.Contains(text, `"Probe succeeded" probeType="Readiness"`):
		if name := named.FindStringSubmatch(text); name != nil {
			line.Container, line.Step = name[1], facts.Probed
			return line, true
		}
		return line, false
	case strings.Contains(text, `"Running preStop hook"`):
		line.Step = facts.Told
	case strings.Contains(text, `"Killing container with a grace period"`):
		line.Step = facts.Signalled
	default:
		return line, false
	}
	name, id := named.FindStringSubmatch(text), identified.FindStringSubmatch(text)
	if name == nil || id == nil {
		return line, false
	}
	line.Container, line.Run = name[1], id[1]
	return line, true
}

// stamp reads klog's time, which has no year: `I1122 20:55:36.123456 ...`.
func stamp(text string, now time.Time) (time.Time, bool) {
	const layout = "0102 15:04:05.000000"
	if len(text) < 1+len(layout) || !strings.ContainsRune("IWEF", rune(text[0])) {
		return time.Time{}, false
	}
	at, err := time.ParseInLocation(layout, text[1:1+len(layout)], now.Location())
	if err != nil {
		return time.Time{}, false
	}
	at = at.AddDate(now.Year(), 0, 0)
	if at.Sub(now) > 24*time.Hour {
		at = at.AddDate(-1, 0, 0)
	}
	return at, true
}
