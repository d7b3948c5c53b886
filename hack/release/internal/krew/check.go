// SPDX-License-Identifier: Apache-2.0

package krew

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/version"
)

var (
	safeName = regexp.MustCompile(`^[\w-]+$`)
	hexSum   = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// longest short description that `kubectl krew search` shows whole.
const longest = 50

// Check returns what krew, and those who look after its index, would refuse in a manifest in a file of that name.
func (m Manifest) Check(file string) error {
	var problems []error
	refuse := func(bad bool, format string, args ...any) {
		if bad {
			problems = append(problems, fmt.Errorf(format, args...))
		}
	}
	s := m.Spec
	refuse(m.APIVersion != "krew.googlecontainertools.github.com/v1alpha2", "apiVersion: %q is not krew's", m.APIVersion)
	refuse(m.Kind != "Plugin", "kind: %q must be Plugin", m.Kind)
	refuse(!safeName.MatchString(m.Metadata.Name), "metadata.name: %q has characters that a file name may not have", m.Metadata.Name)
	refuse(strings.HasPrefix(m.Metadata.Name, "kube"), "metadata.name: %q repeats that it is for kubectl", m.Metadata.Name)
	refuse(file != m.Metadata.Name+".yaml", "metadata.name: the file of %q must be %s.yaml, not %s", m.Metadata.Name, m.Metadata.Name, file)
	_, err := version.ParseSemantic(s.Version)
	refuse(err != nil || !strings.HasPrefix(s.Version, "v"), "spec.version: %q must be a semantic version with a v, such as v0.1.0", s.Version)
	refuse(s.ShortDescription == "" || strings.ContainsAny(s.ShortDescription, "\r\n"), "spec.shortDescription: must be one line")
	refuse(len(s.ShortDescription) > longest, "spec.shortDescription: has %d characters, at most %d are shown", len(s.ShortDescription), longest)
	refuse(len(s.Platforms) == 0, "spec.platforms: must not be empty")
	for i, p := range s.Platforms {
		at := fmt.Sprintf("spec.platforms[%d]", i)
		u, err := url.Parse(p.URI)
		refuse(err != nil || u.Scheme != "https" || u.Host == "", "%s.uri: %q must be an https URL", at, p.URI)
		refuse(!hexSum.MatchString(p.SHA256), "%s.sha256: %q must be 64 hexadecimal digits in lower case", at, p.SHA256)
		refuse(p.Bin == "" || strings.ContainsAny(p.Bin, `/\`), "%s.bin: %q must be a file at the root of the archive", at, p.Bin)
		refuse(p.Selector == nil, "%s.selector: must say for which machines the archive is", at)
		matches := 0
		if selector, err := metav1.LabelSelectorAsSelector(p.Selector); err == nil {
			for _, one := range Platforms {
				if selector.Matches(labels.Set{"os": one.OS, "arch": one.Arch}) {
					matches++
				}
			}
		}
		refuse(matches != 1, "%s.selector: must select one platform, and selects %d", at, matches)
	}
	return errors.Join(problems...)
}
