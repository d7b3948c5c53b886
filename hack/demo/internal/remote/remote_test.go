// SPDX-License-Identifier: Apache-2.0

package remote

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"kubelet-ordering/internal/facts"
)

// fake answers by the beginning of the command line, which it notes.
type fake struct {
	answers map[string]string
	lock    sync.Mutex
	ran     []string
}

func (f *fake) run(_ context.Context, stdin []byte, args []string) ([]byte, error) {
	line := strings.Join(args, " ")
	f.lock.Lock()
	f.ran = append(f.ran, line+string(stdin))
	f.lock.Unlock()
	for beginning, answer := range f.answers {
		if strings.HasPrefix(line, beginning) {
			if answer == "error" {
				return nil, errors.New("no answer")
			}
			return []byte(answer), nil
		}
	}
	return nil, fmt.Errorf("unexpected %q", line)
}

func cluster(t *testing.T, f *fake) *Cluster {
	t.Helper()
	pod := &v1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}, Spec: v1.PodSpec{Containers: []v1.Container{{Name: "a"}, {Name: "b"}}}}
	f.answers["k create"] = `{"metadata": {"name": "p", "uid": "u1"}}`
	c := &Cluster{
		Kubectl: []string{"k"}, OnNode: []string{"on", "NODE"}, Recorder: &facts.Recorder{Pod: facts.NewPod(pod, nil)}, Run: f.run,
	}
	if _, err := c.Create(context.Background(), pod); err != nil {
		t.Fatal(err)
	}
	if pod.Spec.NodeSelector != nil {
		t.Error("the caller's pod was changed")
	}
	if !strings.Contains(f.ran[0], `"nodeSelector":{"`+Label+`":"true"}`) {
		t.Errorf("created without the nodeSelector: %q", f.ran[0])
	}
	return c
}

const running = `{"metadata": {"name": "p", "uid": "u1"}, "spec": {"nodeName": "n1"}, "status": {"phase": "Running",
  "containerStatuses": [{"name": "b", "state": {"waiting": {"reason": "WaitingForDependencies", "message": "m"}}}]}}`

func container(name, state, finished string) string {
	return fmt.Sprintf(`{"status": {"id": "id-%s", "metadata": {"name": "%s"}, "state": "CONTAINER_%s", "exitCode": 3,
  "createdAt": "2026-11-26T10:00:00.1Z", "startedAt": "2026-11-26T10:00:00.2Z", "finishedAt": "%s"}, "info": {}}`, name, name, state, finished)
}

func TestAsk(t *testing.T) {
	ctx := context.Background()
	f := &fake{answers: map[string]string{"k get pod": running, "k get events": `{"items": []}`}}
	c := cluster(t, f)
	if err := c.Ask(ctx); err != nil {
		t.Fatal(err)
	}
	for _, line := range f.ran {
		if strings.HasPrefix(line, "on") {
			t.Errorf("asked a node that was not known: %q", line)
		}
	}
	f.answers["on n1 sh -s"] = container("a", "RUNNING", "1970-01-01T00:00:00Z") + "\n" + container("b", "EXITED", "2026-11-26T10:00:01Z")
	f.answers["k get events"] = `{"items": [{"metadata": {"uid": "e1"}, "involvedObject": {"fieldPath": "spec.containers{a}"}}]}`
	for range 2 {
		if err := c.Ask(ctx); err != nil {
			t.Fatal(err)
		}
	}
	pod := c.Recorder.Pod
	a, b := pod.Container("a").Last(), pod.Container("b").Last()
	if a == nil || b == nil {
		t.Fatalf("the containers were not recorded: %+v", pod)
	}
	second := time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC)
	if !a.Started.Equal(second.Add(200*time.Millisecond)) || !a.Finished.IsZero() || a.Told.IsZero() || a.ExitCode != 0 {
		t.Errorf("got %+v", a)
	}
	if !b.Finished.Equal(second.Add(time.Second)) || b.ExitCode != 3 || b.Lost || !b.Told.IsZero() {
		t.Errorf("got %+v", b)
	}
	if want := []facts.Wait{{Reason: "WaitingForDependencies", Message: "m"}}; pod.Phase != v1.PodRunning ||
		len(pod.Container("b").Waits) != 1 || pod.Container("b").Waits[0].Reason != want[0].Reason {
		t.Errorf("got %q, %+v", pod.Phase, pod.Container("b").Waits)
	}
	// The pod goes, and its containers with it.
	f.answers["k get pod"], f.answers["on n1 sh -s"] = "", ""
	if err := c.Ask(ctx); err != nil {
		t.Fatal(err)
	}
	if a := pod.Container("a").Last(); a.Finished.IsZero() || !a.Lost {
		t.Errorf("a container that is gone: got %+v", a)
	}
	if b := pod.Container("b").Last(); b.Lost {
		t.Errorf("a container whose end was seen: got %+v", b)
	}
}

// TestAnotherPod: a pod of the same name that was created later is not ours.
func TestAnotherPod(t *testing.T) {
	f := &fake{answers: map[string]string{"k get pod": strings.Replace(running, "u1", "u2", 1), "k get events": `{}`}}
	c := cluster(t, f)
	if err := c.Ask(context.Background()); err != nil {
		t.Fatal(err)
	}
	if c.Recorder.Pod.Phase != "" {
		t.Errorf("got the phase %q of another pod", c.Recorder.Pod.Phase)
	}
}

// TestPatience: some failures in a row are no error, many are, and an answer in between forgives them.
func TestPatience(t *testing.T) {
	ctx := context.Background()
	f := &fake{answers: map[string]string{"k get pod": "error", "k get events": `{}`}}
	c := cluster(t, f)
	fail := func(times int) (err error) {
		for range times {
			err = c.Ask(ctx)
		}
		return err
	}
	if err := fail(patience - 1); err != nil {
		t.Errorf("after %d failures: %v", patience-1, err)
	}
	f.answers["k get pod"] = running
	f.answers["on n1"] = ""
	if err := c.Ask(ctx); err != nil {
		t.Error(err)
	}
	f.answers["k get pod"] = "error"
	if err := fail(patience - 1); err != nil {
		t.Errorf("after an answer and %d failures: %v", patience-1, err)
	}
	if err := fail(1); err == nil {
		t.Errorf("no error after %d failures", patience)
	}
}

func TestParse(t *testing.T) {
	one, two := container("a", "RUNNING", ""), container("b", "EXITED", "2026-11-26T10:00:01Z")
	for name, test := range map[string]struct {
		text  string
		names []string
		fails bool
	}{
		"nothing": {}, "a list": {text: "[" + one + "," + two + "]", names: []string{"a", "b"}}, "a stream": {text: one + "\n" + two, names: []string{"a", "b"}},
		"no JSON": {text: "FATA: no such container", fails: true}, "another type": {text: "[1]", fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := parse([]byte(test.text))
			var names []string
			for _, c := range list {
				names = append(names, c.Name)
			}
			if diff := cmp.Diff(test.names, names); diff != "" || (err != nil) != test.fails {
				t.Errorf("%v, -want +got:\n%s", err, diff)
			}
		})
	}
}

func TestDelete(t *testing.T) {
	f := &fake{answers: map[string]string{"k delete pod p --wait=false": ""}}
	c := &Cluster{Kubectl: []string{"k"}, Run: f.run}
	if _, err := c.Delete(context.Background()); err != nil || len(f.ran) > 0 {
		t.Errorf("a pod that was not created: %q, %v", f.ran, err)
	}
	if _, err := cluster(t, f).Delete(context.Background()); err != nil {
		t.Error(err)
	}
}
