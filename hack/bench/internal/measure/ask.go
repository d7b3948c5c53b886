// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"time"
)

// metricsTimeout bounds how long the kubelet may take to say its metrics.
const metricsTimeout = 30 * time.Second

// fromKubelet returns what the kubelet of the node answers to a request of the path.
func fromKubelet(path string, timeout time.Duration) ([]byte, error) {
	client := &http.Client{
		Timeout: timeout,
		// The kubelet of a test node has a certificate of its own making.
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
	}
	defer client.CloseIdleConnections()
	response, err := client.Get("https://127.0.0.1:10250" + path)
	if err != nil {
		return nil, fmt.Errorf("ask the kubelet for %s: %w", path, err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("ask the kubelet for %s: %w", path, err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask the kubelet for %s: %s: %.200s", path, response.Status, content)
	}
	return content, nil
}
