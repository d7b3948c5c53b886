// SPDX-License-Identifier: Apache-2.0

package actor

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"

	v1 "k8s.io/api/core/v1"
)

// pagePort is where a container with the trait WithPage serves its page.
const pagePort = 9102

const pageScript = `
# The page has a line for each report.
open_page() {
	mkdir -p /tmp/page/cgi-bin
	: > /tmp/page/reports
	cat > /tmp/page/cgi-bin/report <<'END'
#!/bin/sh
echo "$QUERY_STRING" >> /tmp/page/reports
printf 'Content-Type: text/plain\r\n\r\n'
END
	chmod +x /tmp/page/cgi-bin/report
	httpd -p "$PAGE_PORT" -h /tmp/page
}

report() { printf 'GET /cgi-bin/report?%s HTTP/1.0\r\n\r\n' "$1" | nc 127.0.0.1 "$REPORT_TO" > /dev/null; }
`

// WithPage makes a container serve a page on which the Reporting containers of its pod report.
func WithPage(c *v1.Container) {
	c.Env = append(c.Env, v1.EnvVar{Name: "PAGE_PORT", Value: strconv.Itoa(pagePort)})
}

// Reporting makes a container report each exit with a code other than 0 before it exits. If the page is not there, nobody learns of it.
func Reporting(c *v1.Container) {
	c.Env = append(c.Env, v1.EnvVar{Name: "REPORT_TO", Value: strconv.Itoa(pagePort)})
}

// Reported returns the reports on the page of a pod, oldest first, such as "certs.exit=1".
func Reported(ctx context.Context, podIP string) ([]string, error) {
	url := "http://" + net.JoinHostPort(podIP, strconv.Itoa(pagePort)) + "/reports"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fmt.Errorf("request the page %q: %w", url, err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("request the page: %w", err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("read the page %q: %w", url, err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("request the page: %q answers %s", url, response.Status)
	}
	return strings.Fields(string(content)), nil
}
