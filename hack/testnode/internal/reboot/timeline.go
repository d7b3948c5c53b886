// SPDX-License-Identifier: Apache-2.0

package reboot

import (
	"fmt"
	"slices"
	"strings"
)

// Record says what a container did.
type Record struct {
	// Boot is the kernel's ID of the boot in which it happened.
	Boot, Pod, Container, Event string
}

// Events of a container. It is ready when it has recorded that.
const (
	started = "start"
	ready   = "ready"
	told    = "term"
	exited  = "exit"
)

// Parse reads what the containers wrote, oldest first.
func Parse(text string) ([]Record, error) {
	var records []Record
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) != 4 || !slices.Contains([]string{started, ready, told, exited}, words[3]) {
			return nil, fmt.Errorf("the containers' records have the line %.80q: want a boot, a pod, a container and an event", line)
		}
		records = append(records, Record{Boot: words[0], Pod: words[1], Container: words[2], Event: words[3]})
	}
	return records, nil
}

// Boots divides the records by boot, first boot first.
func Boots(records []Record) [][]Record {
	var boots [][]Record
	for i, record := range records {
		if i == 0 || record.Boot != records[i-1].Boot {
			boots = append(boots, nil)
		}
		boots[len(boots)-1] = append(boots[len(boots)-1], record)
	}
	return boots
}

// of returns the records of one pod.
func of(records []Record, pod string) []Record {
	return slices.DeleteFunc(slices.Clone(records), func(r Record) bool { return r.Pod != pod })
}
