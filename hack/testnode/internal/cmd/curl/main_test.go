// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestGet(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	var text strings.Builder
	if err := get(&text, server.URL+"/echo?msg=prestop", time.Minute); err != nil || text.String() != "404 page not found\n" {
		t.Errorf("got %q, %v", text.String(), err)
	}
	server.Close()
	if err := get(&text, server.URL, time.Minute); err == nil {
		t.Error("a server that does not answer is no error")
	}
}

func TestArguments(t *testing.T) {
	for line, want := range map[string]struct {
		url   string
		limit time.Duration
		fails bool
	}{
		"http://a":          {url: "http://a", limit: time.Minute},
		"-g -q -s http://a": {url: "http://a", limit: time.Minute},
		"-g -q -s --max-time 15 --connect-timeout 1 http://a/b": {url: "http://a/b", limit: 15 * time.Second},
		"":                  {fails: true},
		"http://a http://b": {fails: true},
		"-X POST http://a":  {fails: true},
	} {
		url, limit, err := arguments(strings.Fields(line))
		if url != want.url || limit != want.limit || (err != nil) != want.fails {
			t.Errorf("%q: got %q, %s, %v", line, url, limit, err)
		}
	}
}
