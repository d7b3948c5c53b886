// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"kubelet-ordering/hack/bench/internal/shape"
)

// answers is a server that answers the probes of tenants, and records when they come. It never answers any other request.
type answers struct {
	listener net.Listener
	server   *http.Server

	lock sync.Mutex
	at   map[string][]time.Time // by path
}

// listen starts the server on the node's loopback interface.
func listen() (*answers, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("answer the tenants' probes: %w", err)
	}
	a := &answers{listener: listener, at: map[string][]time.Time{}}
	a.server = &http.Server{Handler: a, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = a.server.Serve(listener) }()
	return a, nil
}

func (a *answers) close() { a.server.Close() }

func (a *answers) address() net.Addr { return a.listener.Addr() }

// ServeHTTP implements http.Handler.
func (a *answers) ServeHTTP(_ http.ResponseWriter, request *http.Request) {
	path := request.URL.Path
	if !strings.HasPrefix(path, shape.LivePath) && !strings.HasPrefix(path, shape.ReadyPath) {
		<-request.Context().Done()
		return
	}
	a.lock.Lock()
	defer a.lock.Unlock()
	a.at[path] = append(a.at[path], time.Now())
}

// first returns when the first request for the path came, or zero.
func (a *answers) first(path string) time.Time {
	a.lock.Lock()
	defer a.lock.Unlock()
	if len(a.at[path]) == 0 {
		return time.Time{}
	}
	return a.at[path][0]
}

// times returns when the requests for each path with the prefix came.
func (a *answers) times(prefix string) [][]time.Time {
	a.lock.Lock()
	defer a.lock.Unlock()
	var all [][]time.Time
	for path, times := range a.at {
		if strings.HasPrefix(path, prefix) {
			all = append(all, slices.Clone(times))
		}
	}
	return all
}

// gaps returns the median and the longest time between two requests of one series, from begin to end. A series that begins late or ends
// early has a long gap there.
func gaps(series [][]time.Time, begin, end time.Time) (median, longest time.Duration) {
	var between []time.Duration
	for _, times := range series {
		last := begin
		for i, at := range times {
			if at.Before(begin) || at.After(end) {
				continue
			}
			longest = max(longest, at.Sub(last))
			if i > 0 {
				between = append(between, at.Sub(times[i-1]))
			}
			last = at
		}
		longest = max(longest, end.Sub(last))
	}
	if len(between) == 0 {
		return longest, longest
	}
	slices.Sort(between)
	return between[len(between)/2], longest
}
