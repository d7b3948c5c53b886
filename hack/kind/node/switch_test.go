// SPDX-License-Identifier: Apache-2.0

package node

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSwitch(t *testing.T) {
	tests := map[string]struct {
		// prepare changes the node before the script runs.
		prepare func(m *machine)
		args    []string
		// kubelet and stock are the versions afterwards.
		kubelet, stock string
		// left are the files beside the kubelet.
		left []string
		// values are some that the script must print, says a part of what it says.
		values map[string]string
		gone   []string
		says   string
		fails  bool
		// restarts is how often the unit was restarted.
		restarts int
	}{
		"to ours": {
			args: []string{"ours", "new"}, kubelet: ours, stock: own, left: []string{"kubelet.stock"}, restarts: 1,
			values: map[string]string{"from": own, "to": ours, "kept": "3", "ready": "yes"},
		},
		"to stock": {
			prepare: func(m *machine) { m.kubelet("kubelet", ours); m.kubelet("kubelet.stock", own) },
			args:    []string{"stock"}, kubelet: own, stock: "none", restarts: 1,
			values: map[string]string{"from": ours, "to": own, "kept": "3"},
		},
		"to a newer one of ours": {
			prepare: func(m *machine) { m.kubelet("kubelet", older); m.kubelet("kubelet.stock", own) },
			args:    []string{"ours", "new"}, kubelet: ours, stock: own, left: []string{"kubelet.stock"}, restarts: 1,
			values: map[string]string{"from": older, "to": ours},
		},
		"a package has replaced ours by a newer stock kubelet": {
			prepare: func(m *machine) { m.kubelet("kubelet", "v1.37.2"); m.kubelet("kubelet.stock", own) },
			args:    []string{"ours", "new"}, kubelet: ours, stock: "v1.37.2", left: []string{"kubelet.stock"}, restarts: 1,
		},
		"stock already": {args: []string{"stock"}, kubelet: own, stock: "none", says: "already"},
		"no way back": {
			prepare: func(m *machine) { m.kubelet("kubelet", ours) },
			args:    []string{"stock"}, kubelet: ours, stock: "none", fails: true, says: "kubelet.stock to go back to",
		},
		"the way back leads to ours": {
			prepare: func(m *machine) { m.kubelet("kubelet", ours); m.kubelet("kubelet.stock", older) },
			args:    []string{"stock"}, kubelet: ours, stock: older, left: []string{"kubelet.stock"}, fails: true, says: "not the node's own",
		},
		"not a kubelet of ours": {
			prepare: func(m *machine) { m.kubelet("new", "v1.37.2") },
			args:    []string{"ours", "new"}, kubelet: own, stock: "none", fails: true, says: "not a kubelet of this project",
		},
		"a kubelet that does not run here": {
			prepare: func(m *machine) { m.program("new", "echo 'version GLIBC_2.99 not found'; exit 1") },
			args:    []string{"ours", "new"}, kubelet: own, stock: "none", fails: true, says: "GLIBC_2.99 not found",
		},
		"ours crashes": {
			prepare: func(m *machine) { m.write("state/broken", ours+"\n") },
			args:    []string{"ours", "new"}, kubelet: own, stock: "none", fails: true, restarts: 2,
			says: ours + " did not come up on this node; " + own + " is back and runs",
		},
		"stock crashes": {
			prepare: func(m *machine) {
				m.kubelet("kubelet", ours)
				m.kubelet("kubelet.stock", "v1.37.2")
				m.write("state/broken", "v1.37.2\n")
			},
			args: []string{"stock"}, kubelet: ours, stock: "v1.37.2", left: []string{"kubelet.stock"}, fails: true, restarts: 2,
			says: "the kubelet's last words",
		},
		"ours crashes where an older one of ours ran": {
			prepare: func(m *machine) {
				m.kubelet("kubelet", older)
				m.kubelet("kubelet.stock", own)
				m.write("state/broken", ours+"\n")
			},
			args: []string{"ours", "new"}, kubelet: older, stock: own, left: []string{"kubelet.stock"}, fails: true, restarts: 2,
		},
		"the node does not become Ready": {
			prepare: func(m *machine) { m.write("state/ready", "False\n") },
			args:    []string{"ours", "new"}, kubelet: own, stock: "none", fails: true, restarts: 2,
			says: "does not come up either", // the fake's node never is
		},
		"the node cannot ask the API server": {
			prepare: func(m *machine) { m.env = append(m.env, "KUBELET_CONF=/nowhere") },
			args:    []string{"ours", "new"}, kubelet: ours, stock: own, left: []string{"kubelet.stock"}, restarts: 1,
			values: map[string]string{"ready": "unknown"},
		},
		"a container ends": {
			prepare: func(m *machine) { m.write("state/after", "c2\n") },
			args:    []string{"ours", "new"}, kubelet: ours, stock: own, left: []string{"kubelet.stock"}, restarts: 1,
			values: map[string]string{"kept": "2"}, gone: []string{"c1 c1 image app"},
		},
		"the runtime does not answer": {
			prepare: func(m *machine) { m.program("bin/crictl", "exit 1") },
			args:    []string{"ours", "new"}, kubelet: ours, stock: own, left: []string{"kubelet.stock"}, restarts: 1,
			values: map[string]string{"kept": "unknown"}, says: "were not compared",
		},
		"without the rights": {
			prepare: func(m *machine) { m.write("state/uid", "1000\n") },
			args:    []string{"ours", "new"}, kubelet: own, stock: "none", fails: true, says: "needs root",
		},
		"no such file":    {args: []string{"ours", "nothing"}, kubelet: own, stock: "none", fails: true, says: "there is no file"},
		"no such command": {args: []string{"theirs"}, kubelet: own, stock: "none", fails: true, says: "usage"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			if test.prepare != nil {
				test.prepare(m)
			}
			args := append([]string{}, test.args...)
			if len(args) > 1 {
				args[1] = m.path(args[1])
			}
			answer, says, err := m.run(args...)
			if (err != nil) != test.fails || !strings.Contains(says, test.says) {
				t.Errorf("got error %v, want %t; it says %q, want %q", err, test.fails, says, test.says)
			}
			if got, want := []string{m.version("kubelet"), m.version("kubelet.stock")}, []string{test.kubelet, test.stock}; !cmp.Equal(got, want) {
				t.Errorf("kubelet and kubelet.stock are %q, want %q", got, want)
			}
			if diff := cmp.Diff(test.left, m.left()); diff != "" {
				t.Errorf("left beside the kubelet (-want +got):\n%s", diff)
			}
			for key, want := range test.values {
				if got := answer.Values[key]; got != want {
					t.Errorf("%s is %q, want %q", key, got, want)
				}
			}
			if diff := cmp.Diff(test.gone, answer.Gone); diff != "" {
				t.Errorf("gone (-want +got):\n%s", diff)
			}
			restarted, _ := os.ReadFile(m.path("state/restarted"))
			if got := strings.Count(string(restarted), "\n"); got != test.restarts {
				t.Errorf("the unit was restarted %d times, want %d", got, test.restarts)
			}
		})
	}
}

func TestFacts(t *testing.T) {
	m := newMachine(t)
	m.kubelet("kubelet.stock", own)
	answer, says, err := m.run("facts", m.path("new"))
	if err != nil {
		t.Fatalf("%v: %s", err, says)
	}
	want := map[string]string{
		"kubelet": m.path("kubelet"), "version": own, "stock": own, "runs": ours, "node": "n1", "systemd": "252", "package": "",
	}
	for key, value := range want {
		if got := answer.Values[key]; got != value {
			t.Errorf("%s is %q, want %q", key, got, value)
		}
	}
	m.program("new", "echo two; echo lines; exit 1")
	if answer, _, _ := m.run("facts", m.path("new")); answer.Values["fails"] != "two lines" {
		t.Errorf("a kubelet that does not run gives %q", answer.Values["fails"])
	}
}

// TestCrashesEndTheWait: a kubelet that ends again and again is not waited for until the limit.
func TestCrashesEndTheWait(t *testing.T) {
	m := newMachine(t)
	m.write("state/broken", ours+"\n")
	m.env = append(m.env, "TIMEOUT=60")
	begin := time.Now()
	if _, says, err := m.run("ours", m.path("new")); err == nil || !strings.Contains(says, "ended three times") {
		t.Errorf("got %v, says %q", err, says)
	}
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestRelativeName: a file in the directory where the user is needs no path.
func TestRelativeName(t *testing.T) {
	m := newMachine(t)
	t.Chdir(m.dir)
	if _, says, err := m.run("ours", "new"); err != nil || m.version("kubelet") != ours {
		t.Errorf("got %v, says %q", err, says)
	}
}

// TestSwitchesExcludeEachOther: the second switch on a node is refused.
func TestSwitchesExcludeEachOther(t *testing.T) {
	m := newMachine(t)
	lock, err := os.Create(m.path("state/lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if _, says, err := m.run("ours", m.path("new")); err == nil || !strings.Contains(says, "another switch is under way") {
		t.Errorf("got %v, says %q", err, says)
	}
	if m.version("kubelet") != own {
		t.Error("the kubelet was exchanged")
	}
}

// TestQuote: a word reaches the shell as it is.
func TestQuote(t *testing.T) {
	for _, word := range []string{"", "a b", `it's`, "$(id)", "*", "a\nb", `\`} {
		output, err := exec.Command("sh", "-c", "printf %s "+quote(word)).Output()
		if err != nil || string(output) != word {
			t.Errorf("%q became %q, %v", word, output, err)
		}
	}
}
