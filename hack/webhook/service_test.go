// SPDX-License-Identifier: Apache-2.0

package webhook

import (
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// service stands in for kube-proxy, which the test node does not have: it has the address of a Service and passes on connections.
type service struct {
	// targets returns the addresses of what is behind the Service.
	targets func() []string
	// silent makes it take connections and pass nothing on.
	silent atomic.Bool
	next   atomic.Int64
	lock   sync.Mutex
	held   []net.Conn
}

// serve gives the node the address and serves on it until the test ends.
func serve(t *testing.T, address, port string, targets func() []string) *service {
	t.Helper()
	must(t, "", "ip", "addr", "add", address+"/32", "dev", "lo")
	listener, err := net.Listen("tcp", net.JoinHostPort(address, port))
	if err != nil {
		t.Fatal(err)
	}
	s := &service{targets: targets}
	t.Cleanup(func() {
		listener.Close()
		s.hangUp()
	})
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.pass(conn)
		}
	}()
	return s
}

func (s *service) pass(conn net.Conn) {
	s.lock.Lock()
	s.held = append(s.held, conn)
	s.lock.Unlock()
	if s.silent.Load() {
		return
	}
	defer conn.Close()
	targets := s.targets()
	if len(targets) == 0 {
		return
	}
	other, err := net.Dial("tcp", targets[int(s.next.Add(1))%len(targets)])
	if err != nil {
		return
	}
	defer other.Close()
	go func() {
		_, _ = io.Copy(other, conn)
		other.Close()
	}()
	_, _ = io.Copy(conn, other)
}

// hangUp ends all connections.
func (s *service) hangUp() {
	s.lock.Lock()
	defer s.lock.Unlock()
	for _, conn := range s.held {
		conn.Close()
	}
	s.held = nil
}

// endpoints returns the addresses of the ready pods of the webhook.
func endpoints(t *testing.T) []string {
	text, _ := output(t, "", "kubectl", "get", "pods", "-n", "order-webhook", "-o",
		`jsonpath={range .items[?(@.status.phase=="Running")]}{.status.podIP}{" "}`+
			`{.status.conditions[?(@.type=="Ready")].status}{" "}{.metadata.deletionTimestamp}{"\n"}{end}`)
	var found []string
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) == 2 && words[1] == "True" {
			found = append(found, net.JoinHostPort(words[0], "9443"))
		}
	}
	slices.Sort(found)
	return found
}
