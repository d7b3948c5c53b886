// SPDX-License-Identifier: Apache-2.0

// Command nmeter answers `nmeter -d0 '%3t'` as busybox's applet of that name does, which Debian's busybox lacks: the time of
// day, with as many fractional digits as the format asks for. Anything else it refuses.
package main

import (
	"fmt"
	"os"
	"time"
)

func main() {
	if len(os.Args) != 3 || os.Args[1] != "-d0" {
		refuse()
	}
	layout, ok := layouts[os.Args[2]]
	if !ok {
		refuse()
	}
	// Busybox repeats the line for ever; its callers read the first one, and a writer without an end would only spin.
	fmt.Println(time.Now().UTC().Format(layout))
}

var layouts = map[string]string{
	"%t":  "15:04:05",
	"%1t": "15:04:05.0",
	"%2t": "15:04:05.00",
	"%3t": "15:04:05.000",
	"%6t": "15:04:05.000000",
}

func refuse() {
	fmt.Fprintf(os.Stderr, "nmeter: only `nmeter -d0 %%<digits>t` is known here, not %q\n", os.Args[1:])
	os.Exit(1)
}
