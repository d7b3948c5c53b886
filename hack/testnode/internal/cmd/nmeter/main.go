// SPDX-License-Identifier: Apache-2.0

// Command nmeter stands in for busybox's applet of that name, which Debian's busybox lacks. It supports only calls such as
// `nmeter -d0 '%3t'`, which print the time of day with the given number of fractional digits.
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
	// Busybox repeats the line forever. Callers read only the first one, so this program prints it once instead of spinning.
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
