// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// checkCommand checks the logs of a soak again, and prints the timeline of one pod if asked to.
func checkCommand(args []string) error {
	flags := flag.NewFlagSet("check", flag.ExitOnError)
	dir := flags.String("dir", "", "the directory of the soak")
	seed := flags.Uint64("seed", 1, "the seed of the soak")
	sight := flags.Duration("sight", 10*time.Second, "how long a kubelet may take to see what has happened")
	only := flags.Int("pod", -1, "the number of the only pod to check, whose timeline is printed")
	_ = flags.Parse(args)
	happening, err := readLogs(filepath.Join(*dir, "soak.jsonl"), filepath.Join(*dir, "proxy.jsonl"))
	if err != nil {
		return err
	}
	happened, violations := map[string]int{}, 0
	for _, e := range happening {
		var number int
		if _, err := fmt.Sscanf(e.Name, "soak-%d", &number); e.Kind != podCreated || err != nil || *only >= 0 && *only != number {
			continue
		}
		subject, _ := drawLife(*seed, uint64(number))
		found := check(subject, e.Pod, happening, *sight, happened)
		violations += len(found.Violations)
		if *only >= 0 {
			fmt.Print(describe(e.Name, subject), strings.Join(found.Log, "\n"), "\n")
		}
		for _, violation := range found.Violations {
			fmt.Println(e.Name, violation)
		}
	}
	fmt.Println(happened)
	if violations > 0 {
		return fmt.Errorf("%d violations of guarantees", violations)
	}
	return nil
}
