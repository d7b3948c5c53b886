// SPDX-License-Identifier: Apache-2.0

package prober

import "golang.org/x/time/rate"

// The extra probes per second on the node, and how many may come at once.
const (
	// networkProbesPerSecond is for HTTP, TCP and gRPC probes, which cost a connection.
	networkProbesPerSecond = 200
	// execProbesPerSecond is for exec probes. Each costs the kubelet, the container runtime and runc 50 to 100 ms of CPU
	// in total, so that all of them take at most about one core.
	execProbesPerSecond = 10
)

// probeLimit limits the extra probes of one kind on the node, and shares them out among its pods. Its methods are not
// safe for concurrent use.
type probeLimit struct {
	node *rate.Limiter
}

func newProbeLimit(perSecond int) probeLimit {
	return probeLimit{rate.NewLimiter(rate.Limit(perSecond), perSecond)}
}

// newShare returns the share of one pod.
func (l probeLimit) newShare() *rate.Limiter { return rate.NewLimiter(l.node.Limit(), l.node.Burst()) }

// take takes a token for a probe of the pod with the share, and reports whether there was one. Each pod gets an equal
// part of the node's rate. A pod that has used up its part may take only what the node has in abundance: the rest of the
// tokens is for the other pods.
func (l probeLimit) take(share *rate.Limiter, pods int) bool {
	pods = max(1, pods)
	reserve := l.node.Burst() / 2
	share.SetLimit(l.node.Limit() / rate.Limit(pods))
	share.SetBurst(max(1, reserve/pods))
	left := l.node.Tokens()
	if left < 1 || !share.Allow() && left <= float64(reserve) {
		return false
	}
	return l.node.Allow()
}
