// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// nodeAddress returns the node's address in the engine's network.
func nodeAddress() (string, error) {
	link, err := net.InterfaceByName("eth0")
	if err != nil {
		return "", fmt.Errorf("find the node's network: %w", err)
	}
	addresses, err := link.Addrs()
	if err != nil {
		return "", fmt.Errorf("find the node's address: %w", err)
	}
	for _, address := range addresses {
		if found, ok := address.(*net.IPNet); ok && found.IP.To4() != nil {
			return found.IP.String(), nil
		}
	}
	return "", errors.New("the node's eth0 has no IPv4 address")
}

// addressFiles are files in which kubeadm writes down the node's address.
func addressFiles() []string {
	files := []string{"/var/lib/kubelet/kubeadm-flags.env", "/kind/kubeadm.conf"}
	for _, pattern := range []string{"/etc/kubernetes/*.conf", "/etc/kubernetes/manifests/*.yaml"} {
		matches, _ := filepath.Glob(pattern)
		files = append(files, matches...)
	}
	return files
}

// followAddress writes down the address. If the node had another one before it was restarted, it replaces that in the files.
func followAddress(record, address string, files []string) error {
	before, err := os.ReadFile(record)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read the node's earlier address: %w", err)
	}
	if old := strings.TrimSpace(string(before)); old != "" && old != address {
		fmt.Printf("nodeinit: the node's address was %s and is %s\n", old, address)
		for _, file := range files {
			if err := replaceInFile(file, old, address); err != nil {
				return err
			}
		}
	}
	if err := os.WriteFile(record, []byte(address+"\n"), 0o644); err != nil {
		return fmt.Errorf("write down the node's address: %w", err)
	}
	return nil
}

func replaceInFile(file, old, address string) error {
	content, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read a file with the node's address: %w", err)
	}
	if err := os.WriteFile(file, []byte(replaceAddress(string(content), old, address)), 0o600); err != nil {
		return fmt.Errorf("write the node's new address: %w", err)
	}
	return nil
}

// replaceAddress replaces an address, but not one that it is a part of.
func replaceAddress(text, old, address string) string {
	return regexp.MustCompile(`\b`+regexp.QuoteMeta(old)+`\b`).ReplaceAllString(text, address)
}

// resolverRule matches the rules by which the engine leads queries to its name server.
var resolverRule = regexp.MustCompile(`(?m)^-A \S+ -d (127\.0\.0\.11)/32 -p (udp|tcp) .*--dport 53 .*--to-destination (127\.0\.0\.11:[0-9]+)`)

// resolvers returns where the engine's name server listens, by protocol, according to the output of iptables-save.
func resolvers(rules string) map[string]string {
	found := map[string]string{}
	for _, match := range resolverRule.FindAllStringSubmatch(rules, -1) {
		found[match[2]] = match[3]
	}
	return found
}

// shareResolver lets pods use the engine's name server, at the node's own address.
func shareResolver(address string) error {
	rules, err := exec.Command("iptables-save", "-t", "nat").Output()
	if err != nil {
		return fmt.Errorf("read the engine's rules for names: %w", err)
	}
	found := resolvers(string(rules))
	if len(found) == 0 {
		return nil
	}
	for protocol, target := range found {
		for _, chain := range []string{"PREROUTING", "OUTPUT"} {
			output, err := exec.Command("iptables", "-t", "nat", "-A", chain, "-d", address, "-p", protocol, "--dport", "53",
				"-j", "DNAT", "--to-destination", target).CombinedOutput()
			if err != nil {
				return fmt.Errorf("lead the names of pods to the engine: %w: %s", err, output)
			}
		}
	}
	// The kernel otherwise drops packets from outside that are led to a loopback address.
	if err := os.WriteFile("/proc/sys/net/ipv4/conf/all/route_localnet", []byte("1"), 0o644); err != nil {
		return fmt.Errorf("lead the names of pods to the engine: %w", err)
	}
	if err := os.WriteFile("/etc/resolv.conf", []byte("nameserver "+address+"\noptions ndots:0\n"), 0o644); err != nil {
		return fmt.Errorf("name the node's name server: %w", err)
	}
	return nil
}
