// SPDX-License-Identifier: Apache-2.0

package actor

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	v1 "k8s.io/api/core/v1"
)

// registryFile has the IP address of the pod that is registered. The stage is the registry: clients look up where to send requests.
const registryFile = "registered"

const registryScript = `
# Registers at once: this container is not started before there is something to register.
discover() {
	trap 'note term; note exit; exit 143' TERM
	echo "$POD_IP" > /stage/registering
	mv /stage/registering /stage/registered
	note register
	while :; do sleep 0.1 & wait "$!"; done
}

# Deregisters, and gives clients the time to learn it: they say when they have.
deregister() {
	rm /stage/registered
	note deregister
	await drained
	note drained
}
`

// Discovery returns a container that registers its pod when it starts, and records "register". Its preStop hook records "deregister",
// waits for the cue "drained" and records that.
func Discovery(name string, traits ...func(*v1.Container)) v1.Container {
	return actor(name, "discover", append([]func(*v1.Container){func(c *v1.Container) {
		c.Env = append(c.Env, v1.EnvVar{
			Name: "POD_IP", ValueFrom: &v1.EnvVarSource{FieldRef: &v1.ObjectFieldSelector{FieldPath: "status.podIP"}},
		})
		lifecycleOf(c).PreStop = hook("deregister")
	}}, traits...))
}

// Registered returns where the Serving container of the registered pod answers, host and port, or "" if no pod is registered.
func (s *Stage) Registered() (string, error) {
	content, err := os.ReadFile(filepath.Join(s.dir, registryFile))
	if os.IsNotExist(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look up the registered pod: %w", err)
	}
	return net.JoinHostPort(strings.TrimSpace(string(content)), strconv.Itoa(SitePort)), nil
}
