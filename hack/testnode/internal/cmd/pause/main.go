// SPDX-License-Identifier: Apache-2.0

// Command pause runs in the sandbox container of a pod on the test node: it holds the pod's namespaces until it is stopped.
// With -v it says what it is and ends: kubeadm tries the health of a cluster with a Job that does this.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "-v" {
		fmt.Println("pause of the test node")
		return
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGCHLD)
	for received := range signals {
		if received != syscall.SIGCHLD {
			return
		}
		// In a shared PID namespace this is process 1, and adopts the orphans of all containers.
		for {
			pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
			if pid <= 0 && err != syscall.EINTR {
				break
			}
		}
	}
}
