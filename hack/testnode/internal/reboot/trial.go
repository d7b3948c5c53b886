// SPDX-License-Identifier: Apache-2.0

package reboot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/hack/internal/onnode"
	"kubelet-ordering/hack/internal/progress"
)

// startLimit is how long the pods may take to become Ready, in the machine's time.
const startLimit = 3 * time.Minute

// expected is what should have happened to the pods in each boot.
var expected = []Expected{{Stopped: true}, {Done: true}, {Done: true}}

// Trial is what lasts from one boot to the next.
type Trial struct {
	// Dir is a directory of the machine's disk.
	Dir string
	Log *progress.Log
	Out io.Writer
}

// Manifests is the directory of the kubelet's static pods. A kubelet that does not find them when it starts would remove all of them.
func (t Trial) Manifests() string { return filepath.Join(t.Dir, "manifests") }

// Step does what the current boot is for, on a node of which the arguments tell. It returns after the last boot alone.
func (t Trial) Step(ctx context.Context, node onnode.Here) error {
	if err := os.MkdirAll(t.Dir, 0o755); err != nil {
		return fmt.Errorf("make a directory that outlives a boot: %w", err)
	}
	// The containers may be of other users.
	timeline := filepath.Join(t.Dir, timelineFile)
	file, err := os.OpenFile(timeline, os.O_CREATE|os.O_RDONLY, 0o666)
	if err != nil {
		return fmt.Errorf("make a place for the containers' records: %w", err)
	}
	if err := errors.Join(file.Chmod(0o666), file.Close(), os.Chmod(t.Dir, 0o777)); err != nil {
		return fmt.Errorf("let all containers write their records: %w", err)
	}
	before, err := t.records()
	if err != nil {
		return err
	}
	boot, pods := len(Boots(before)), Pods(t.Dir)
	if boot >= len(expected) {
		return fmt.Errorf("%s has records of %d boots: remove it", timeline, boot)
	}
	if boot == 0 {
		if _, err := node.Manifests.Place(pods...); err != nil {
			return err
		}
	}
	err = t.Log.Wait(ctx, fmt.Sprintf("boot %d: starting %d pods", boot+1, len(pods)), startLimit, func() error {
		return allUp(ctx, node.KubeletURL+"/pods", pods)
	})
	if err != nil {
		return errors.Join(err, t.Judge(pods))
	}
	switch boot {
	case 0:
		return t.reboot(ctx, "systemd-logind reboots the machine")
	case 1:
		return t.reboot(ctx, "the machine crashes", "--force", "--force")
	}
	return t.Judge(pods)
}

// reboot does not return unless it fails.
func (t Trial) reboot(ctx context.Context, what string, flags ...string) error {
	t.Log.Printf("%s", what)
	// The file system has no journal.
	if output, err := exec.CommandContext(ctx, "sync").CombinedOutput(); err != nil {
		return fmt.Errorf("write all to the disk: %w: %s", err, output)
	}
	if output, err := exec.CommandContext(ctx, "systemctl", append([]string{"reboot"}, flags...)...).CombinedOutput(); err != nil {
		return fmt.Errorf("systemctl reboot: %w: %s", err, output)
	}
	<-ctx.Done()
	return errors.New("the machine is going down")
}

func (t Trial) records() ([]Record, error) {
	text, err := os.ReadFile(filepath.Join(t.Dir, timelineFile))
	if err != nil {
		return nil, fmt.Errorf("read the containers' records: %w", err)
	}
	return Parse(string(text))
}

// Judge shows what the containers did in all boots, and fails if that is not what should have happened.
func (t Trial) Judge(pods []*v1.Pod) error {
	records, err := t.records()
	if err != nil {
		return err
	}
	boots, problems := Boots(records), 0
	for i, boot := range boots[:min(len(boots), len(expected))] {
		for _, pod := range pods {
			verdict, err := Check(boot, pod, expected[i])
			if err != nil {
				return err
			}
			fmt.Fprintf(t.Out, "boot %d, pod %s: looked at %d pairs of a start and %d of a stop, %d problems\n",
				i+1, pod.Name, verdict.Starts, verdict.Stops, len(verdict.Problems))
			for _, event := range []string{started, told} {
				fmt.Fprintf(t.Out, "  %-5s %s\n", event, strings.Join(containers(of(boot, pod.Name), event), " "))
			}
			for _, problem := range verdict.Problems {
				fmt.Fprintf(t.Out, "  %s\n", problem)
			}
			problems += len(verdict.Problems)
		}
	}
	switch {
	case len(boots) != len(expected):
		return fmt.Errorf("there are records of %d boots, want %d", len(boots), len(expected))
	case problems > 0:
		return fmt.Errorf("%d problems", problems)
	}
	return nil
}

// containers returns the containers to which this happened, in order.
func containers(records []Record, event string) []string {
	var names []string
	for _, record := range records {
		if record.Event == event {
			names = append(names, record.Container)
		}
	}
	return names
}

// allUp returns an error unless the kubelet's own view has these pods, all Ready, and what ends by itself has succeeded.
func allUp(ctx context.Context, url string, pods []*v1.Pod) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("ask the kubelet: %w", err)
	}
	response, err := (&http.Client{Timeout: 10 * time.Second}).Do(request)
	if err != nil {
		return fmt.Errorf("ask the kubelet: %w", err)
	}
	defer response.Body.Close()
	var list v1.PodList
	if err := json.NewDecoder(io.LimitReader(response.Body, 16<<20)).Decode(&list); err != nil {
		return fmt.Errorf("read what the kubelet answers: %w", err)
	}
	if len(list.Items) != len(pods) {
		return fmt.Errorf("the kubelet has %d pods, want %d", len(list.Items), len(pods))
	}
	for i := range list.Items {
		if problem := notUp(&list.Items[i]); problem != "" {
			return errors.New(problem)
		}
	}
	return nil
}

// notUp says what the pod lacks, or nothing.
func notUp(pod *v1.Pod) string {
	if !slices.ContainsFunc(pod.Status.Conditions, func(condition v1.PodCondition) bool {
		return condition.Type == v1.PodReady && condition.Status == v1.ConditionTrue
	}) {
		return fmt.Sprintf("pod %q is not Ready", pod.Name)
	}
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		if once(c) && !slices.ContainsFunc(pod.Status.ContainerStatuses, func(status v1.ContainerStatus) bool {
			return status.Name == c.Name && status.State.Terminated != nil && status.State.Terminated.ExitCode == 0
		}) {
			return fmt.Sprintf("container %q of pod %q has not succeeded", c.Name, pod.Name)
		}
	}
	return ""
}
