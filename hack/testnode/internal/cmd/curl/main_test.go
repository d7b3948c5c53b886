// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestGet(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	var text strings.Builder
	if err := get(&text, server.URL+"/echo?msg=prestop"); err != nil || text.String() != "404 page not found\n" {
		t.Errorf("got %q, %v", text.String(), err)
	}
	server.Close()
	if err := get(&text, server.URL); err == nil {
		t.Error("a server that does not answer is no error")
	}
}
