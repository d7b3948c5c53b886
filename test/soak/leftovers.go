// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// settle waits until nothing is left of the pods, and returns what is left in the end.
func (s *soak) settle(ctx context.Context) []string {
	var left []string
	for began := time.Now(); ; {
		s.endLeases(ctx)
		left = s.leftovers(ctx)
		if len(left) == 0 || time.Since(began) > s.options.Settle || ctx.Err() != nil {
			s.say("after %s %d things are left of the pods", time.Since(began).Round(time.Second), len(left))
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(5 * time.Second):
		}
	}
	s.goroutines(ctx, filepath.Join(s.options.Dir, "goroutines.txt"))
	return left
}

// leftovers returns what the node still has of deleted pods. The node is the soak's own: nothing else runs there.
func (s *soak) leftovers(ctx context.Context) []string {
	var left []string
	found := func(kind, what string) { left = append(left, kind+": "+what) }

	ids := map[string]string{}
	containers, err := s.runtime.ListContainers(ctx, &runtimeapi.ListContainersRequest{})
	if err != nil {
		return []string{fmt.Sprintf("the runtime cannot list its containers: %v", err)}
	}
	for _, c := range containers.Containers {
		found("container", c.Id+" "+c.Labels["io.kubernetes.pod.name"]+"/"+c.Labels[nameLabel])
	}
	sandboxes, err := s.runtime.ListPodSandbox(ctx, &runtimeapi.ListPodSandboxRequest{})
	if err != nil {
		return []string{fmt.Sprintf("the runtime cannot list its sandboxes: %v", err)}
	}
	for _, b := range sandboxes.Items {
		found("sandbox", b.Id+" "+b.GetMetadata().GetName())
	}
	for _, kind := range []string{"task", "container", "snapshot"} {
		for _, line := range listed(ctx, kind) {
			if kind != "snapshot" || strings.Contains(line, "Active") {
				found("containerd's "+kind, line)
			}
		}
	}
	s.lock.Lock()
	for _, l := range s.lives {
		if l.uid != "" {
			ids[string(l.uid)] = l.name
		}
	}
	s.lock.Unlock()
	// isOf returns the pod that a name belongs to. Cgroups have the UID with other separators, too.
	isOf := func(name string) string {
		for id, pod := range ids {
			if strings.Contains(name, id) || strings.Contains(name, strings.ReplaceAll(id, "-", "_")) {
				return pod
			}
		}
		return ""
	}
	for _, dir := range []string{"/var/lib/kubelet/pods", "/var/log/pods"} {
		for _, entry := range entries(dir) {
			if pod := isOf(entry); pod != "" {
				found("directory of "+pod, filepath.Join(dir, entry))
			}
		}
	}
	for _, entry := range entries("/var/log/containers") {
		if strings.HasPrefix(entry, "soak-") {
			found("link to a log", entry)
		}
	}
	mounts, _ := os.ReadFile("/proc/mounts")
	for line := range strings.Lines(string(mounts)) {
		ofRuntime := strings.Contains(line, "/run/containerd/io.containerd") || strings.Contains(line, "/netns/cni-")
		if ofRuntime || isOf(line) != "" {
			found("mount", strings.TrimSpace(line))
		}
	}
	for _, entry := range entries("/var/run/netns") {
		found("network namespace", entry)
	}
	for _, entry := range entries("/var/lib/cni/networks/testnode") {
		if net.ParseIP(entry) != nil {
			found("IP address", entry)
		}
	}
	interfaces, _ := net.Interfaces()
	for _, i := range interfaces {
		if strings.HasPrefix(i.Name, "veth") {
			found("network interface", i.Name)
		}
	}
	_ = filepath.WalkDir("/sys/fs/cgroup", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			if pod := isOf(entry.Name()); pod != "" {
				found("cgroup of "+pod, path)
			}
		}
		return nil
	})
	for _, entry := range entries("/proc") {
		name, err := os.ReadFile(filepath.Join("/proc", entry, "comm"))
		if err == nil && strings.HasPrefix(string(name), "containerd-shim") {
			// Its arguments name its sandbox: a runtime that is killed while it makes one may lose the shim.
			command, _ := os.ReadFile(filepath.Join("/proc", entry, "cmdline"))
			found("shim", strings.Join(strings.FieldsFunc(string(command), func(r rune) bool { return r == 0 }), " "))
		}
	}
	left = slices.DeleteFunc(left, func(thing string) bool { return slices.Contains(s.baseline, thing) })
	slices.Sort(left)
	return left
}

func entries(dir string) (names []string) {
	found, _ := os.ReadDir(dir)
	for _, entry := range found {
		names = append(names, entry.Name())
	}
	return names
}

// endLeases ends the leases of containerds that have died, as containerd does after a day. What such a process had made for a container,
// and had not told of, is held by nothing else: no kubelet knows of it.
func (s *soak) endLeases(ctx context.Context) {
	for _, line := range listed(ctx, "leases") {
		if id, is := leaseBefore(line, time.Unix(0, s.runtimeDied.Load())); is {
			// A lease that cannot be deleted shows in what it holds.
			if exec.CommandContext(ctx, "ctr", "leases", "delete", "--sync", id).Run() == nil {
				s.leases.Add(1)
			}
		}
	}
}

// leaseBefore returns the ID of a lease in containerd's list, and whether it is older than that.
func leaseBefore(line string, than time.Time) (id string, is bool) {
	fields := strings.Fields(line)
	if len(fields) < 2 {
		return "", false
	}
	created, err := time.Parse(time.RFC3339, fields[1])
	return fields[0], err == nil && created.Before(than)
}

// listed returns the lines of containerd's own list of things.
func listed(ctx context.Context, kind string) []string {
	output, err := exec.CommandContext(ctx, "ctr", kind, "ls").Output()
	if err != nil {
		return []string{fmt.Sprintf("cannot be listed: %v", err)}
	}
	lines := strings.Split(strings.TrimSpace(string(output)), "\n")
	return lines[min(1, len(lines)):]
}
