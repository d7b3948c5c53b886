// SPDX-License-Identifier: Apache-2.0

package debian

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// MirrorVariable names another mirror than the one in the machine's apt sources.
const MirrorVariable = "TESTNODE_DEBIAN_MIRROR"

// Mirror returns the mirror of Debian's archive that the machine uses itself.
func Mirror() (string, error) {
	if mirror := os.Getenv(MirrorVariable); mirror != "" {
		return mirror, nil
	}
	remedy := "say in " + MirrorVariable + " where a mirror of Debian's archive is"
	output, err := exec.Command("apt-get", "indextargets", "--format", "$(ORIGIN) $(REPO_URI)", "Created-By: Packages").Output()
	if err != nil {
		return "", fmt.Errorf("ask apt for the mirror that this machine uses (%s): %w", remedy, err)
	}
	if mirror := mirrorOf(string(output)); mirror != "" {
		return mirror, nil
	}
	return "", fmt.Errorf("this machine's apt sources name no mirror of Debian's archive: %s", remedy)
}

// mirrorOf chooses the archive in lines of origin and URI. The archive of security updates has only a part of the packages.
func mirrorOf(targets string) string {
	for line := range strings.Lines(targets) {
		origin, uri, _ := strings.Cut(strings.TrimSpace(line), " ")
		if origin == "Debian" && !strings.HasSuffix(strings.TrimSuffix(uri, "/"), "-security") {
			return strings.TrimSuffix(uri, "/")
		}
	}
	return ""
}

// HostSuite returns the machine's own suite, or the fallback if the machine is not a Debian. Programs that are built on the machine
// run on that suite.
func HostSuite(fallback string) string {
	file, err := os.Open("/etc/os-release")
	if err != nil {
		return fallback
	}
	defer file.Close()
	fields := map[string]string{}
	for scanner := bufio.NewScanner(file); scanner.Scan(); {
		name, value, _ := strings.Cut(scanner.Text(), "=")
		fields[name] = strings.Trim(value, `"`)
	}
	if fields["ID"] != "debian" || fields["VERSION_CODENAME"] == "" {
		return fallback
	}
	return fields["VERSION_CODENAME"]
}
