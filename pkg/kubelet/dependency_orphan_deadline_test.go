// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/klog/v2"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

// An orphan gets its grace period once, whatever the file says that remembers its deadline.
func TestDependencyOrphanDeadline(t *testing.T) {
	in := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339Nano) }
	for name, tt := range map[string]struct {
		// content returns what the file says, "" for no file.
		content func() string
		// noDir means that the directory of the pod is gone.
		noDir bool
		// want is the deadline of a period of 30 s, from now.
		want time.Duration
	}{
		"the first time":        {want: 30 * time.Second},
		"remembered":            {content: func() string { return "sandbox " + in(10*time.Second) + "\n" }, want: 10 * time.Second},
		"over":                  {content: func() string { return "sandbox " + in(-time.Minute) }, want: -time.Minute},
		"of another sandbox":    {content: func() string { return "before " + in(10*time.Second) }, want: 30 * time.Second},
		"later than the period": {content: func() string { return "sandbox " + in(time.Hour) }, want: 30 * time.Second},
		"long ago":              {content: func() string { return "sandbox " + in(-25*time.Hour) }, want: 30 * time.Second},
		"empty":                 {content: func() string { return "\n" }, want: 30 * time.Second},
		"not a time":            {content: func() string { return "sandbox tomorrow" }, want: 30 * time.Second},
		"too large": {content: func() string { return "sandbox " + in(10*time.Second) + strings.Repeat("\n", maxOrphanDeadlineSize) },
			want: 30 * time.Second},
		"no directory": {noDir: true, want: 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				kl := &Kubelet{rootDirectory: t.TempDir()}
				pod := &kubecontainer.Pod{ID: "uid", Sandboxes: []*kubecontainer.Container{{ID: kubecontainer.ContainerID{ID: "sandbox"}}}}
				dir := kl.getPodDir(pod.ID)
				if !tt.noDir {
					if err := os.MkdirAll(dir, 0o750); err != nil {
						t.Fatal(err)
					}
				}
				if tt.content != nil {
					if err := os.WriteFile(filepath.Join(dir, orphanDeadlineFile), []byte(tt.content()), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				began := time.Now()
				if got := kl.orphanDeadline(klog.Logger{}, pod, 30*time.Second).Sub(began); got != tt.want {
					t.Errorf("deadline in %s, want %s", got, tt.want)
				}
				time.Sleep(5 * time.Second)
				again := tt.want
				if tt.noDir {
					// There is no memory.
					again = 35 * time.Second
				}
				if got := kl.orphanDeadline(klog.Logger{}, pod, 30*time.Second).Sub(began); got != again {
					t.Errorf("deadline in %s for the next kubelet, want %s", got, again)
				}
				if _, err := os.Stat(dir); tt.noDir != os.IsNotExist(err) {
					t.Errorf("the directory of the pod: %v", err)
				}
			})
		})
	}
}
