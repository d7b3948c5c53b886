// SPDX-License-Identifier: Apache-2.0

// Command curl stands in for the program of that name in upstream's image agnhost, whose hooks call it to send one request:
// `curl URL`.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintf(os.Stderr, "curl: only `curl URL` is known here, not %q\n", os.Args[1:])
		os.Exit(2)
	}
	if err := get(os.Stdout, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "curl:", err)
		os.Exit(1)
	}
}

// get copies what the server answers, whatever the status: curl does not fail for that.
func get(to io.Writer, url string) error {
	client := http.Client{Timeout: time.Minute}
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(to, response.Body); err != nil {
		return fmt.Errorf("read the answer of %s: %w", url, err)
	}
	return nil
}
