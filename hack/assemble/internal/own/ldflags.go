// SPDX-License-Identifier: Apache-2.0

package own

import (
	"fmt"
	"regexp"
	"strings"
)

var releaseVersion = regexp.MustCompile(`^v([0-9]+)\.([0-9]+)\.[0-9]+(-[^+]+)?$`)

// LDFlags returns the value of -ldflags that makes binaries report the version. upstream is the Kubernetes version that
// it is based on. No value needs quotes, and none depends on the time or place of the build.
func LDFlags(version, upstream string) (string, error) {
	m := releaseVersion.FindStringSubmatch(upstream)
	if m == nil {
		return "", fmt.Errorf("go.mod pins Kubernetes %q, which is not a release: pin a version such as v1.37.1", upstream)
	}
	minor := m[2]
	if m[3] != "" {
		minor += "+" // upstream's mark for a version between two releases
	}
	var flags []string
	for _, kv := range [][2]string{
		{"buildDate", "1970-01-01T00:00:00Z"},
		{"gitCommit", upstream},
		{"gitTreeState", "archive"},
		{"gitVersion", version},
		{"gitMajor", m[1]},
		{"gitMinor", minor},
	} {
		for _, pkg := range []string{"k8s.io/client-go/pkg/version", "k8s.io/component-base/version"} {
			flags = append(flags, fmt.Sprintf("-X %s.%s=%s", pkg, kv[0], kv[1]))
		}
	}
	return strings.Join(flags, " "), nil
}
