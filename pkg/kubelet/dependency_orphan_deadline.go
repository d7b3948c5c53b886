// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/klog/v2"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

const (
	// orphanDeadlineFile is a file in the directory of a pod whose object is gone: the ID of the sandbox whose containers are
	// being stopped, and the deadline of the stop. The directory, and the file with it, is removed after the stop.
	orphanDeadlineFile = "ordered-stop-deadline"
	// maxOrphanDeadlineSize bounds what is read of it.
	maxOrphanDeadlineSize = 512
	// maxOrphanDeadlineAge is how long ago a credible deadline may have been.
	maxOrphanDeadlineAge = 24 * time.Hour
)

// orphanDeadline returns the deadline of the stop of a pod whose object is gone, and remembers it across restarts of the
// kubelet, so that the pod has its grace period once. It is never later than the period from now on.
func (kl *Kubelet) orphanDeadline(logger klog.Logger, pod *kubecontainer.Pod, period time.Duration) time.Time {
	now := time.Now()
	deadline := now.Add(period)
	if len(pod.Sandboxes) == 0 {
		return deadline
	}
	path, sandboxID := filepath.Join(kl.getPodDir(pod.ID), orphanDeadlineFile), pod.Sandboxes[0].ID.ID
	remembered, err := readOrphanDeadline(path, sandboxID)
	switch {
	case err == nil && !remembered.After(deadline) && remembered.After(now.Add(-maxOrphanDeadlineAge)):
		return remembered
	case err == nil:
		err = fmt.Errorf("the deadline %s is out of range", remembered.Format(time.RFC3339))
	}
	if !errors.Is(err, fs.ErrNotExist) {
		logger.V(2).Info("Ignoring the remembered deadline of an orphaned pod", "podUID", pod.ID, "path", path, "err", err)
	}
	if err := writeOrphanDeadline(path, sandboxID, deadline); err != nil {
		logger.V(2).Info("Cannot remember the deadline of an orphaned pod: after a restart of the kubelet, its grace period begins again",
			"podUID", pod.ID, "err", err)
	}
	return deadline
}

func readOrphanDeadline(path, sandboxID string) (time.Time, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return time.Time{}, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxOrphanDeadlineSize {
		return time.Time{}, fmt.Errorf("%s is not a small file", path)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return time.Time{}, err
	}
	id, text, _ := strings.Cut(strings.TrimSpace(string(content)), " ")
	if id != sandboxID {
		return time.Time{}, fmt.Errorf("%s is about another sandbox", path)
	}
	return time.Parse(time.RFC3339Nano, text)
}

// writeOrphanDeadline replaces the file as a whole. It does not create the directory: without one, the pod's volumes are gone,
// too, and nothing would remove the file.
func writeOrphanDeadline(path, sandboxID string, deadline time.Time) error {
	draft := path + ".tmp"
	if err := os.WriteFile(draft, []byte(sandboxID+" "+deadline.UTC().Format(time.RFC3339Nano)+"\n"), 0o600); err != nil {
		return fmt.Errorf("writing the deadline of an orphaned pod: %w", err)
	}
	if err := os.Rename(draft, path); err != nil {
		return fmt.Errorf("writing the deadline of an orphaned pod: %w", err)
	}
	return nil
}
