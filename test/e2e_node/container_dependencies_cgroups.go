// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"
	"github.com/opencontainers/cgroups"

	v1 "k8s.io/api/core/v1"

	"k8s.io/kubernetes/test/e2e/framework"
	"k8s.io/kubernetes/test/utils/actor"
)

// podCgroup is the name of the pod's own cgroup among those of its containers.
const podCgroup = "(pod)"

// limitFiles are the files of a cgroup that the kubelet and the runtime write, by the controller of version 1.
var limitFiles = map[string][]string{
	"cpu":    {"cpu.shares", "cpu.cfs_quota_us", "cpu.cfs_period_us"},
	"memory": {"memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.soft_limit_in_bytes", "memory.swappiness"},
	"pids":   {"pids.max"},
}

// unifiedLimitFiles are those of version 2.
var unifiedLimitFiles = []string{
	"cpu.weight", "cpu.max", "cpu.idle", "memory.min", "memory.low", "memory.high", "memory.max", "memory.swap.max", "memory.oom.group",
	"pids.max",
}

// cgroupLimits reads the limits of the pod's cgroup and of those of the named containers, which run: "app memory.max" is a key. The key
// "class" has the cgroup in which the pod's is.
func cgroupLimits(ctx context.Context, pod *v1.Pod, containers ...string) map[string]string {
	ginkgo.GinkgoHelper()
	limits := map[string]string{}
	for _, container := range containers {
		for controller, dir := range cgroupDirs(processOf(ctx, pod, container)) {
			files := limitFiles[controller]
			if controller == "" {
				files = unifiedLimitFiles
			}
			if len(files) == 0 {
				continue
			}
			class := filepath.Base(filepath.Dir(filepath.Dir(dir)))
			gomega.Expect(limits).To(gomega.Or(gomega.Not(gomega.HaveKey("class")), gomega.HaveKeyWithValue("class", class)),
				"the cgroups of all containers and controllers are in one place")
			limits["class"] = class
			for name, in := range map[string]string{container: dir, podCgroup: filepath.Dir(dir)} {
				for _, file := range files {
					if content, err := os.ReadFile(filepath.Join(in, file)); err == nil {
						limits[name+" "+file] = strings.TrimSpace(string(content))
					}
				}
			}
		}
	}
	return limits
}

// cgroupDirs returns the directories of the process's cgroups by controller. On version 2 it is one, of the controller "".
func cgroupDirs(pid int) map[string]string {
	ginkgo.GinkgoHelper()
	paths, err := cgroups.ParseCgroupFile(filepath.Join("/proc", strconv.Itoa(pid), "cgroup"))
	framework.ExpectNoError(err, "read the cgroups of process %d", pid)
	if IsCgroup2UnifiedMode() {
		return map[string]string{"": filepath.Join("/sys/fs/cgroup", paths[""])}
	}
	dirs := map[string]string{}
	for controller := range limitFiles {
		mount, err := cgroups.FindCgroupMountpoint("", controller)
		framework.ExpectNoError(err, "find the cgroups of the controller %q", controller)
		dirs[controller] = filepath.Join(mount, paths[controller])
	}
	return dirs
}

// processOf returns the process ID of the container's first process.
func processOf(ctx context.Context, pod *v1.Pod, container string) int {
	ginkgo.GinkgoHelper()
	var info struct {
		Pid int `json:"pid"`
	}
	askRuntime(ctx, pod, container, &info)
	gomega.Expect(info.Pid).To(gomega.BeNumerically(">", 1), "process of container %q", container)
	return info.Pid
}

// askRuntime decodes what the runtime tells about the container beyond what all runtimes do.
func askRuntime(ctx context.Context, pod *v1.Pod, container string, info any) {
	ginkgo.GinkgoHelper()
	runtime, _, err := getCRIClient(ctx)
	framework.ExpectNoError(err, "connect to the container runtime")
	_, id, _ := strings.Cut(actor.StatusOf(pod, container).ContainerID, "://")
	status, err := runtime.ContainerStatus(ctx, id, true)
	framework.ExpectNoError(err, "ask for the status of container %q", container)
	framework.ExpectNoError(json.Unmarshal([]byte(status.Info["info"]), info), "decode what the runtime knows of container %q", container)
}
