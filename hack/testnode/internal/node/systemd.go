// SPDX-License-Identifier: Apache-2.0

package node

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// unitFile describes a program to the machine's systemd. It lasts until the machine is shut down. Containers outlive a restart.
const unitFile = "/run/systemd/system/%s.service"

// service reports whether the program is a service of the machine's systemd.
func (n *Node) service(name string) bool {
	return n.spec.Systemd && (name == containerdUnit || name == kubeletUnit)
}

// startService starts a program as a service of the machine's systemd, which tests then stop and start themselves.
func (n *Node) startService(name string, argv []string) error {
	if err := os.WriteFile(fmt.Sprintf(unitFile, name), []byte(renderService(name, argv, n.Environment(), n.spec.log(name))), 0o644); err != nil {
		return fmt.Errorf("describe %s to systemd: %w", name, err)
	}
	for _, args := range [][]string{{"daemon-reload"}, {"start", name}} {
		if err := systemctl(args...); err != nil {
			return err
		}
	}
	return nil
}

func renderService(name string, argv, environment []string, log string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "[Unit]\nDescription=%s of a test node\n[Service]\nDelegate=yes\nKillMode=process\nOOMScoreAdjust=-999\n", name)
	fmt.Fprintf(&text, "TasksMax=infinity\nLimitNOFILE=1048576\nStandardOutput=append:%[1]s\nStandardError=append:%[1]s\n", log)
	for _, entry := range environment {
		fmt.Fprintf(&text, "Environment=%s\n", serviceWord(entry))
	}
	text.WriteString("ExecStart=")
	for i, word := range argv {
		if i > 0 {
			text.WriteString(" ")
		}
		// Only commands know variables.
		text.WriteString(strings.ReplaceAll(serviceWord(word), "$", "$$"))
	}
	return text.String() + "\n"
}

// serviceWord quotes a word for a unit file, in which % is special too. A bare line break would begin another setting.
func serviceWord(word string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%", "\n", `\n`).Replace(word) + `"`
}

// running returns whether a program runs, and how it ended.
func (n *Node) running(name string) (bool, string) {
	if n.service(name) {
		err := systemctl("is-active", name)
		return err == nil, fmt.Sprint(err)
	}
	state := n.units.State(name)
	return state.Running, state.Ended
}

func (n *Node) stopService(name string) {
	_ = systemctl("stop", name)
	_ = os.Remove(fmt.Sprintf(unitFile, name))
}

// systemctl is not the node's own stand-in: that is only on the PATH of a node with a process 1 of its own.
func systemctl(args ...string) error {
	begin := time.Now()
	output, err := exec.Command("systemctl", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("systemctl %s, after %.0fs: %w: %s", strings.Join(args, " "), time.Since(begin).Seconds(), err,
			strings.TrimSpace(string(output)))
	}
	return nil
}
