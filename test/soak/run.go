// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// soak is one run on a node.
type soak struct {
	options options
	client  *kubernetes.Clientset
	runtime runtimeapi.RuntimeServiceClient
	log     *eventLog
	node    string
	began   time.Time

	// baseline is what there was before the soak.
	baseline []string

	lock  sync.Mutex
	lives []*life
	late  []string

	created, gone, incidents, kubeletRestarts, runtimeRestarts atomic.Int64
	// runtimeDied is when containerd was last told to end, in Unix nanoseconds; leases counts those of it that were ended.
	runtimeDied, leases atomic.Int64
}

// options are the flags of a run.
type options struct {
	Duration      time.Duration
	Pods, Alive   int
	Seed          uint64
	Ordered       bool
	Restarts      time.Duration
	Sight, Settle time.Duration
	Dir           string
}

func parseOptions(args []string) options {
	var o options
	flags := flag.NewFlagSet("run", flag.ExitOnError)
	flags.DurationVar(&o.Duration, "duration", 15*time.Minute, "how long pods are created; their ends take up to 3 minutes more")
	flags.IntVar(&o.Pods, "pods", 200, "how many pods are created")
	flags.IntVar(&o.Alive, "alive", 12, "how many pods there are at most at a time")
	flags.Uint64Var(&o.Seed, "seed", 1, "of all that is random")
	flags.BoolVar(&o.Ordered, "ordered", true, "let the pods declare their order; without it nothing is checked but what is left")
	flags.DurationVar(&o.Restarts, "restarts", 40*time.Second, "how often the kubelet or the runtime is restarted, on average; 0 is never")
	flags.DurationVar(&o.Sight, "sight", 10*time.Second, "how long a kubelet may take to see what has happened, on this machine")
	flags.DurationVar(&o.Settle, "settle", 3*time.Minute, "how long the node may take to remove what is left of the pods")
	flags.StringVar(&o.Dir, "dir", "", "where logs and the report go")
	_ = flags.Parse(args)
	return o
}

// runCommand runs a soak on the node on which it is started, and writes its report. The error says that the soak failed.
func runCommand(args []string) error {
	o := parseOptions(args)
	if o.Dir == "" || o.Pods < 1 || o.Alive < 1 || o.Duration <= 0 {
		return fmt.Errorf("name a directory with -dir, and use at least one pod and some time")
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return fmt.Errorf("read the kubeconfig of the node: %w", err)
	}
	config.QPS = -1
	s := &soak{options: o, began: time.Now()}
	if s.client, err = kubernetes.NewForConfig(config); err != nil {
		return fmt.Errorf("use the kubeconfig of the node: %w", err)
	}
	conn, err := dialRuntime(os.Getenv("CONTAINER_RUNTIME_ENDPOINT"))
	if err != nil {
		return err
	}
	defer conn.Close()
	s.runtime = runtimeapi.NewRuntimeServiceClient(conn)
	if s.log, err = createLog(filepath.Join(o.Dir, "soak.jsonl")); err != nil {
		return err
	}
	report, err := s.run(ctx)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the report: %w", err)
	}
	if err := os.WriteFile(filepath.Join(o.Dir, "report.json"), append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	report.print(os.Stdout)
	return report.verdict()
}

func (s *soak) run(ctx context.Context) (*report, error) {
	nodes, err := s.client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("find the node: %w", err)
	}
	if n := len(nodes.Items); n != 1 {
		return nil, fmt.Errorf("there are %d nodes: run the soak in a cluster of one", n)
	}
	s.node = nodes.Items[0].Name
	// The first pod fills caches. What it leaves belongs to no other.
	if err := s.warmUp(ctx); err != nil {
		return nil, err
	}
	before, err := s.measure(ctx)
	if err != nil {
		return nil, err
	}
	s.baseline = s.leftovers(ctx)
	watching, stopWatching := context.WithCancel(ctx)
	defer stopWatching()
	go s.watch(watching)
	go s.progress(watching)

	var restarting sync.WaitGroup
	if s.options.Restarts > 0 {
		restarting.Go(func() { s.restart(ctx) })
	}
	s.liveAll(ctx)
	restarting.Wait()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("interrupted after %d pods", s.gone.Load())
	}
	s.say("all pods are gone; what is left of them must go within %s", s.options.Settle)
	left := s.settle(ctx)
	after, err := s.measure(ctx)
	if err != nil {
		return nil, err
	}
	r := &report{Options: s.options, Before: before, After: after, Left: left, Late: s.late, Pods: int(s.created.Load()),
		Incidents: int(s.incidents.Load()), KubeletRestarts: int(s.kubeletRestarts.Load()), RuntimeRestarts: int(s.runtimeRestarts.Load()),
		Took: time.Since(s.began).Round(time.Second)}
	r.Happened = map[string]int{}
	r.Leases = int(s.leases.Load())
	r.Races, r.UpstreamRaces = races(filepath.Join(os.Getenv("TESTNODE_ROOT"), "kubelet.log"), filepath.Join(s.options.Dir, "races.txt"))
	if s.options.Ordered {
		if r.Violations, err = s.checkAll(r.Happened); err != nil {
			return nil, err
		}
	}
	return r, ctx.Err()
}

func (s *soak) say(format string, args ...any) {
	fmt.Printf("[%4.0fs] %s\n", time.Since(s.began).Seconds(), fmt.Sprintf(format, args...))
}

func (s *soak) progress(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(20 * time.Second):
			s.say("%d of %d pods created, %d gone, %d incidents, the kubelet restarted %d times, the runtime %d times", s.created.Load(),
				s.options.Pods, s.gone.Load(), s.incidents.Load(), s.kubeletRestarts.Load(), s.runtimeRestarts.Load())
		}
	}
}

// liveAll lets all pods live, so many at a time that their creations are spread over the time of the soak.
func (s *soak) liveAll(ctx context.Context) {
	var all sync.WaitGroup
	slots := make(chan struct{}, s.options.Alive)
	end := time.Now().Add(s.options.Duration)
	for i := range s.options.Pods {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
		}
		if ctx.Err() != nil || time.Now().After(end) {
			break
		}
		all.Go(func() {
			defer func() { <-slots }()
			newLife(s, uint64(i)).live(ctx)
		})
		due := s.began.Add(s.options.Duration * time.Duration(i+1) / time.Duration(s.options.Pods))
		select {
		case <-time.After(time.Until(due)):
		case <-ctx.Done():
		}
	}
	all.Wait()
}

// restart restarts the kubelet and the runtime at random. In the last third of the soak it does not, so that the kubelet that is
// measured at the end has had many pods.
func (s *soak) restart(ctx context.Context) {
	random := rand.New(rand.NewPCG(s.options.Seed, 0))
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Duration(float64(s.options.Restarts) * (0.5 + random.Float64()))):
		}
		if time.Since(s.began) > s.options.Duration*2/3 {
			return
		}
		signal := []string{"KILL", "TERM"}[random.IntN(2)]
		pause := time.Duration(random.IntN(5000)) * time.Millisecond
		var err error
		if random.IntN(3) == 0 {
			s.say("the runtime is restarted with SIG%s", signal)
			err = s.restartRuntime(ctx, signal, pause)
			s.runtimeRestarts.Add(1)
		} else {
			s.say("the kubelet is restarted with SIG%s", signal)
			if err = systemctl(ctx, "kill", "--signal="+signal, "kubelet"); err == nil {
				if err = s.awaitEnd(ctx, "kubelet"); err == nil {
					time.Sleep(pause)
					err = systemctl(ctx, "start", "kubelet")
				}
			}
			s.kubeletRestarts.Add(1)
		}
		if err != nil && ctx.Err() == nil {
			s.isLate("a restart failed: %v", err)
		}
	}
}

func (s *soak) restartRuntime(ctx context.Context, signal string, pause time.Duration) error {
	s.runtimeDied.Store(time.Now().UnixNano())
	s.log.add(Event{Kind: runtimeDies})
	if err := systemctl(ctx, "kill", "--signal="+signal, "containerd"); err != nil {
		return err
	}
	if err := s.awaitEnd(ctx, "containerd"); err != nil {
		return err
	}
	time.Sleep(pause)
	if err := systemctl(ctx, "start", "containerd"); err != nil {
		return err
	}
	for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(100 * time.Millisecond) {
		asking, cancel := context.WithTimeout(ctx, 2*time.Second)
		_, err := s.runtime.Version(asking, &runtimeapi.VersionRequest{})
		cancel()
		if err == nil {
			s.log.add(Event{Kind: runtimeAnswers})
			return nil
		}
	}
	return errors.New("the runtime does not answer a minute after its start")
}

// awaitEnd waits until a unit has ended.
func (s *soak) awaitEnd(ctx context.Context, unit string) error {
	for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(100 * time.Millisecond) {
		if systemctl(ctx, "is-active", unit) != nil {
			return nil
		}
	}
	return fmt.Errorf("%s does not end within a minute", unit)
}

// isLate notes that something did not happen in its time.
func (s *soak) isLate(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	s.say("LATE %s", text)
	s.lock.Lock()
	defer s.lock.Unlock()
	s.late = append(s.late, text)
}

// checkAll lets the checker look at the timeline of each pod. It writes the timelines with violations to files.
func (s *soak) checkAll(happened map[string]int) ([]string, error) {
	s.say("checking the timelines")
	happening, err := readLogs(filepath.Join(s.options.Dir, "soak.jsonl"), filepath.Join(s.options.Dir, "proxy.jsonl"))
	if err != nil {
		return nil, err
	}
	var violations []string
	for _, l := range s.lives {
		found := check(l.subject, string(l.uid), happening, s.options.Sight, happened)
		for _, violation := range found.Violations {
			violations = append(violations, l.name+" "+violation)
		}
		if len(found.Violations) > 0 {
			text := l.describe() + strings.Join(found.Log, "\n") + "\n"
			if err := os.WriteFile(filepath.Join(s.options.Dir, l.name+".txt"), []byte(text), 0o644); err != nil {
				return nil, fmt.Errorf("write a timeline: %w", err)
			}
		}
	}
	for _, what := range slices.Sorted(maps.Keys(happened)) {
		s.say("  %d times: %s", happened[what], what)
	}
	return violations, nil
}
