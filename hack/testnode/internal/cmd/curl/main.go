// SPDX-License-Identifier: Apache-2.0

// Command curl stands in for the program of that name in upstream's image agnhost, whose hooks and network specs call it to send one
// request.
package main

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

func main() {
	url, limit, err := arguments(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "curl:", err)
		os.Exit(2)
	}
	if err := get(os.Stdout, url, limit); err != nil {
		fmt.Fprintln(os.Stderr, "curl:", err)
		os.Exit(1)
	}
}

// arguments reads those options that the specs give. The request is never retried, so that the whole limits the connection too.
func arguments(args []string) (url string, limit time.Duration, err error) {
	flags := flag.NewFlagSet("curl", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	for name, usage := range map[string]string{"g": "take brackets literally", "q": "read no configuration", "s": "show no progress"} {
		flags.Bool(name, false, usage+", which holds anyway")
	}
	seconds := flags.Uint("max-time", 60, "limit of the whole, in seconds")
	flags.Uint("connect-timeout", 60, "limit of the connection, in seconds, which is not heeded")
	if err := flags.Parse(args); err != nil {
		return "", 0, err
	}
	if flags.NArg() != 1 {
		return "", 0, fmt.Errorf("only `curl OPTIONS URL` is known here, not %q", args)
	}
	return flags.Arg(0), time.Duration(*seconds) * time.Second, nil
}

// get copies what the server answers, whatever the status: curl does not fail for that.
func get(to io.Writer, url string, limit time.Duration) error {
	client := http.Client{Timeout: limit}
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
