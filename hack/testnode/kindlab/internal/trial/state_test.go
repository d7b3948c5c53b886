// SPDX-License-Identifier: Apache-2.0

package trial

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseState(t *testing.T) {
	tests := map[string]struct {
		output string
		want   state
	}{
		"the package's kubelet": {
			"kubelet Kubernetes v1.37.1\nkubelet.stock \ndivert /usr/bin/kubelet\npackage installed 1.37.1-1.1\nchanged \nleft \n",
			state{Kubelet: "v1.37.1", Package: "1.37.1-1.1"},
		},
		"ours beside it": {
			"kubelet Kubernetes v1.37.1+ordering.1\nkubelet.stock Kubernetes v1.37.2\ndivert /usr/bin/kubelet.stock\npackage installed 1.37.2-1.1\n",
			state{Kubelet: "v1.37.1+ordering.1", Stock: "v1.37.2", Diverted: true, Package: "1.37.2-1.1"},
		},
		"a package that is removed, and what it leaves": {
			"kubelet \nkubelet.stock \ndivert /usr/bin/kubelet\npackage config-files 1.37.1-1.1\n" +
				"changed ??5?????? c /etc/default/kubelet;\nleft kubelet.new \n",
			state{Changed: "??5?????? c /etc/default/kubelet;", Left: "kubelet.new"},
		},
		"nothing": {"", state{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, parseState(test.output)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
