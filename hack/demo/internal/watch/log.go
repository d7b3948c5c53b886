// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"

	"kubelet-ordering/internal/facts"
)

// tail reads what is appended to a file.
type tail struct {
	file *os.File
	// rest is the beginning of an incomplete line.
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
	return &tail{file: file}, nil
}

// lines returns the lines completed since the last call.
func (t *tail) lines() ([]string, error) {
	more, err := io.ReadAll(t.file)
	if err != nil {
		return nil, fmt.Errorf("read the kubelet's log: %w", err)
	}
	lines := strings.Split(t.rest+string(more), "\n")
	last := len(lines) - 1
	t.rest = lines[last]
	return lines[:last], nil
}

const (
	container = `.* containerName="([^"]+)"`
	id        = `.* containerID="(?:[^":]+://)?([0-9a-f]+)"`
)

// steps match the useful lines of the kubelet's log, with the container's name and, if the line has it, the run's ID. The kubelet logs
// its Killing event before it runs the preStop hook, but in a goroutine of its own: the line may be late, by far less than a
// millisecond unless the machine is very busy.
var steps = []struct {
	line *regexp.Regexp
	step facts.Step
}{
	{regexp.MustCompile(`"Event occurred" .*fieldPath="spec\.(?:initC|c)ontainers\{([^}]+)\}".* reason="Killing"()`), facts.Told},
	{regexp.MustCompile(`"Running preStop hook"` + container + id), facts.HookBegan},
	{regexp.MustCompile(`"PreStop hook (?:completed|failed|not completed in grace period)"` + container + id), facts.HookEnded},
	{regexp.MustCompile(`"Killing container with a grace period"` + container + id), facts.Signalled},
	{regexp.MustCompile(`"Probe succeeded" probeType="Readiness"` + container + `()`), facts.Probed},
}

// parse reads a line of the kubelet's log, and reports whether the line is useful.
func parse(text, pod, uid string, now time.Time) (facts.Line, bool) {
	at, ok := stamp(text, now)
	// Events have the pod's name, all other lines its UID.
	if !ok || !strings.Contains(text, uid) && !strings.Contains(text, `object="`+pod+`"`) {
		return facts.Line{}, false
	}
	for _, s := range steps {
		if match := s.line.FindStringSubmatch(text); match != nil {
			return facts.Line{At: at, Container: match[1], Run: match[2], Step: s.step}, true
		}
	}
	return facts.Line{}, false
}

// stamp reads the time of a klog header, which has no year: `I1122 20:55:36.123456 ...`.
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
