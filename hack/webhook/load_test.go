// SPDX-License-Identifier: Apache-2.0

package webhook

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"kubelet-ordering/internal/testcert"
)

// limit is the greatest 99th percentile that the webhook is to have.
const limit = 50 * time.Millisecond

// running is a webhook that runs as a process of its own.
type running struct {
	*exec.Cmd
	url, certificates string
	client            *http.Client
	log               *bytes.Buffer
}

// start runs the webhook on two cores, and ends it with the test. Its client has so many connections.
func start(t *testing.T, connections int) *running {
	t.Helper()
	port := func() string {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		_, port, _ := net.SplitHostPort(listener.Addr().String())
		return port
	}
	r := &running{certificates: t.TempDir(), log: &bytes.Buffer{}}
	testcert.Write(t, r.certificates)
	webhooks := port()
	r.Cmd = exec.Command(*program, "-host=127.0.0.1", "-port="+webhooks, "-cert-dir="+r.certificates,
		"-probe-address=127.0.0.1:"+port(), "-metrics-address=")
	// As docs/manifests have it.
	r.Env = append(os.Environ(), "GOMAXPROCS=2", "GOMEMLIMIT=384MiB")
	r.Stdout, r.Stderr = r.log, r.log
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = r.Process.Signal(syscall.SIGTERM)
		if err := r.Wait(); err != nil {
			t.Errorf("it does not end well: %v\n%s", err, r.log)
		}
	})
	r.url = "https://127.0.0.1:" + webhooks
	r.client = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections}}
	eventually(t, time.Minute, func() string {
		_, err := r.send(nil)
		if err != nil {
			return err.Error() + "\n" + r.log.String()
		}
		return ""
	})
	return r
}

// send sends a review and returns the answer.
func (r *running) send(review []byte) (string, error) {
	response, err := r.client.Post(r.url+"/validate", "application/json", bytes.NewReader(review))
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return fmt.Sprintf("%d %s", response.StatusCode, text), err
}

// cost returns the time that the process has had, and the most memory.
func (r *running) cost(t *testing.T) (spent time.Duration, memory int) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), ") ")
	var user, system int
	if _, err := fmt.Sscan(strings.Join(strings.Fields(after)[11:13], " "), &user, &system); err != nil {
		t.Fatal(err)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, peak, _ := strings.Cut(string(status), "VmHWM:")
	if _, err := fmt.Sscan(peak, &memory); err != nil {
		t.Fatal(err)
	}
	// The kernel counts in hundredths of a second.
	return time.Duration(user+system) * 10 * time.Millisecond, memory >> 10
}

// review wraps a manifest in the review of its creation.
func review(t *testing.T, manifest string) []byte {
	t.Helper()
	object, err := yaml.YAMLToJSON([]byte(manifest))
	if err != nil {
		t.Fatal(err)
	}
	return raw(object)
}

func raw(object []byte) []byte {
	return fmt.Appendf(nil, `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{`+
		`"uid":"u","operation":"CREATE","object":%s}}`, object)
}

func load(t *testing.T) string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// TestLoad sends reviews at a constant rate, whether or not the ones before are answered, and replaces the certificate meanwhile.
func TestLoad(t *testing.T) {
	needProgram(t)
	mission, err := os.ReadFile(filepath.Join(*manifests, "..", "recipes", "mission.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var reviews [][]byte
	for _, manifest := range []string{
		string(mission), object("Deployment", "web", "proxy"), object("Deployment", "web", "proxi"), object("Pod", "web", "proxy"),
	} {
		reviews = append(reviews, review(t, manifest))
	}
	before := load(t)
	r := start(t, 100)
	spentBefore, _ := r.cost(t)
	done := make(chan struct{})
	watched := watchStolen(t, done)
	began := time.Now()
	dueAt := func(i int) time.Duration { return time.Duration(i) * time.Second / time.Duration(*rate) }
	total := int(period.Seconds() * float64(*rate))
	took, failed := make([]time.Duration, total), make([]string, total)
	var group sync.WaitGroup
	for i := range total {
		due := began.Add(dueAt(i))
		time.Sleep(time.Until(due))
		if i == total/2 {
			testcert.Write(t, r.certificates)
		}
		group.Go(func() {
			answer, err := r.send(reviews[i%len(reviews)])
			took[i] = time.Since(due)
			if want := fmt.Sprintf(`"allowed":%t`, i%len(reviews) != 2); err != nil || !strings.Contains(answer, want) {
				failed[i] = fmt.Sprintf("%v %s", err, answer)
			}
		})
	}
	group.Wait()
	elapsed := time.Since(began)
	close(done)
	taken := <-watched
	spent, memory := r.cost(t)
	spent -= spentBefore
	for _, text := range failed {
		if text != "" {
			t.Fatalf("a review is not answered as it should be: %s\n%s", text, r.log)
		}
	}
	var undisturbed []time.Duration
	for i, each := range took {
		if taken.undisturbed(dueAt(i), dueAt(i)+each) {
			undisturbed = append(undisturbed, each)
		}
	}
	t.Logf("/proc/loadavg before: %s, after: %s", before, load(t))
	t.Logf("%d reviews in %v: %s", total, elapsed.Round(time.Millisecond), quantiles(took))
	t.Logf("the hypervisor took %.1f %% of the processors; %d reviews while it took nothing: %s",
		100*taken.total(runtime.NumCPU()), len(undisturbed), quantiles(undisturbed))
	t.Logf("the webhook had %v of a core, %v for each review, and %d MiB at most",
		spent, (spent / time.Duration(total)).Round(time.Microsecond), memory)
	if !strings.Contains(r.log.String(), "Updated current TLS certificate") {
		t.Errorf("the certificate is not read again:\n%s", r.log)
	}
	if len(undisturbed) < total/20 {
		t.Fatalf("only %d of %d reviews were undisturbed: too few for a verdict", len(undisturbed), total)
	}
	if got := quantile(undisturbed, .99); got > limit {
		t.Errorf("the 99th percentile of undisturbed reviews is %v, and is to be at most %v: see the load of the machine", got, limit)
	}
}

// quantile returns what a part of the sorted times is at most.
func quantile(took []time.Duration, part float64) time.Duration {
	return took[int(part*float64(len(took)-1))].Round(10 * time.Microsecond)
}

// quantiles sorts the times and says how they are distributed.
func quantiles(took []time.Duration) string {
	if len(took) == 0 {
		return "none"
	}
	slices.Sort(took)
	return fmt.Sprintf("median %v, 99th percentile %v, 99.9th %v, longest %v",
		quantile(took, .5), quantile(took, .99), quantile(took, .999), quantile(took, 1))
}

// TestLoadOfHostileReviews: whatever is sent, and by how many at a time, the memory is bounded, and a usual review is answered
// after it.
func TestLoadOfHostileReviews(t *testing.T) {
	needProgram(t)
	const most, at = 448, 24
	// As large as the bounds of package bounded allow.
	fill := func(value string, count int) string { return strings.Repeat(value+",", count-1) + value }
	pod := func(annotations, spec string) []byte {
		return raw([]byte(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","annotations":{` + annotations + `}},"spec":{` + spec + `}}`))
	}
	ours := `"` + order + `app":"{}"`
	hostile := map[string][]byte{
		"3 MB in a value":        pod(`"`+order+`app":"`+strings.Repeat("x", 3<<20)+`"`, `"containers":[{"name":"app"}]`),
		"2,000 containers":       pod(ours, `"containers":[`+fill(`{"name":"app"}`, 2000)+`]`),
		"empty containers":       pod(ours, `"containers":[`+fill(`{}`, 65000)+`]`),
		"empty containers, more": pod(ours, `"containers":[`+fill(`{}`, 2<<20)+`]`),
		"empty init containers":  pod(ours, `"containers":[{"name":"app"}],"initContainers":[`+fill(`{}`, 65000)+`]`),
		"empty volumes":          pod(ours, `"containers":[{"name":"app"}],"volumes":[`+fill(`{}`, 65000)+`]`),
		"annotations":            pod(fill(`"`+order+`x":"`+strings.Repeat("&a ", 10)+`"`, 60000), `"containers":[{"name":"app"}]`),
		"nested":                 pod(ours, `"containers":`+strings.Repeat("[", 100000)+strings.Repeat("]", 100000)),
		"groups of the user": []byte(`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"userInfo":{"groups":[` +
			fill(`""`, 130000) + `]}}}`),
		"7 MB in a string":         pod(`"a":"`+strings.Repeat("x", 7<<20-1<<10)+`"`, `"containers":[{"name":"app"}]`),
		"7 MB of escaped text":     pod(`"a":"`+strings.Repeat(`\u0000`, 1100<<10)+`"`, `"containers":[{"name":"app"}]`),
		"more than the most bytes": bytes.Repeat([]byte(" "), 8<<20),
	}
	r := start(t, at)
	for name, text := range hostile {
		spentBefore, _ := r.cost(t)
		var group sync.WaitGroup
		answers := make([]string, at)
		for i := range at {
			group.Go(func() {
				answer, err := r.send(text)
				answers[i] = fmt.Sprintf("%.60s", answer)
				if err != nil {
					answers[i] = "no answer"
				}
			})
		}
		group.Wait()
		spent, memory := r.cost(t)
		slices.Sort(answers)
		t.Logf("%s (%d bytes), %d at a time: %v of a core, at most %d MiB until now; %q", name, len(text), at, spent-spentBefore, memory,
			slices.Compact(answers))
		if memory > most {
			t.Errorf("it has had %d MiB, and may have %d", memory, most)
		}
	}
	answer, err := r.send(review(t, object("Pod", "web", "proxy")))
	if err != nil || !strings.Contains(answer, `"allowed":true`) {
		t.Errorf("a usual review is not answered afterwards: %v %s\n%s", err, answer, r.log)
	}
}
