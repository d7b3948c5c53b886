// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"kubelet-ordering/internal/facts"
)

// longestPage is how much of a page is read, in bytes.
const longestPage = 1 << 10

// ReadPage reads a page of the pod, given as port and path, and records what it says.
func (w *Watch) ReadPage(ctx context.Context, page string) {
	found := &facts.Page{URL: "http://" + w.ip + ":" + page}
	text, err := read(ctx, found.URL)
	if found.Text = text; err != nil {
		found.Problem = err.Error()
	}
	w.Recorder.Pod.Page = found
}

func read(ctx context.Context, url string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", fmt.Errorf("read the page: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", fmt.Errorf("read the page: %w", err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, longestPage))
	switch {
	case err != nil:
		return "", fmt.Errorf("read the page: %w", err)
	case response.StatusCode != http.StatusOK:
		return "", fmt.Errorf("read the page: it answers %s", response.Status)
	}
	return strings.TrimSpace(string(text)), nil
}
