// SPDX-License-Identifier: Apache-2.0

package debian

import (
	"strings"
	"testing"
)

func TestMirrorOf(t *testing.T) {
	const security = "Debian http://mirror.test/debian-security/\n"
	tests := map[string]struct{ targets, want string }{
		"the archive":            {"Debian http://mirror.test/debian/\n" + security, "http://mirror.test/debian"},
		"after security updates": {security + "Debian http://mirror.test/debian\n", "http://mirror.test/debian"},
		"only security updates":  {security, ""},
		"not Debian":             {"Ubuntu http://mirror.test/ubuntu/\nDocker http://docker.test/\n", ""},
		"nothing":                {"", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := mirrorOf(test.targets); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestVersionOf(t *testing.T) {
	for file, want := range map[string]string{
		"user-mode-linux_7.2um1_amd64.deb":       "7.2um1",
		"qemu-utils_1%3a7.2+dfsg-7_amd64.deb":    "1:7.2+dfsg-7",
		"something-that-is-not-a-package-s-.deb": "",
	} {
		if got := versionOf(file); got != want {
			t.Errorf("%s: got %q, want %q", file, got, want)
		}
	}
}

// Without these options, apt would change the lists of the machine, or use its sources.
func TestOptionsKeepAptInItsDirectory(t *testing.T) {
	options := strings.Join(Suite{Dir: "/d"}.options(), " ")
	for _, want := range []string{"Dir::Etc::sourcelist=/d/sources.list", "Dir::Etc::sourceparts=/dev/null", "Dir::State::lists=/d/lists"} {
		if !strings.Contains(options, want) {
			t.Errorf("%q is missing in %s", want, options)
		}
	}
}
