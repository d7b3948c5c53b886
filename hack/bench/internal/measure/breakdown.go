// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"kubelet-ordering/hack/bench/internal/breakdown"
	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/bench/internal/schedule"
	"kubelet-ordering/hack/bench/internal/shape"
)

// breakdown records where the time of the pods' starts went, by the kubelet's log. The kubelet adds the name of the node to those of
// static pods.
func (n *node) breakdown(job schedule.Pods) error {
	log, err := os.Open(filepath.Join(n.Root, "kubelet.log"))
	if err != nil {
		return fmt.Errorf("look for the steps of starts in the kubelet's log: %w", err)
	}
	defer log.Close()
	said, err := breakdown.Read(log, time.Now())
	if err != nil {
		return err
	}
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("look for the node's name: %w", err)
	}
	for _, c := range job.InTurn {
		observed := n.observer.Pods[c.Name()]
		if observed == nil {
			continue
		}
		ended := map[string]breakdown.End{}
		for _, container := range observed.Containers {
			ended[container.Name] = breakdown.End{At: container.Finished, Said: said.Exits[container.ID]}
		}
		steps, order := said.Pods[c.Name()+"-"+host], shape.Order(c, job.Style)
		shares, err := breakdown.Along(observed.Created, order, steps, ended, c.WarmUpOf)
		latencies, latenciesErr := breakdown.Latencies(order, steps, ended)
		if err = cmp.Or(err, latenciesErr); err != nil {
			if err := n.fail(c.Name(), result.ShareTotal, "%v", err); err != nil {
				return err
			}
			continue
		}
		for metric, share := range map[result.Metric]time.Duration{
			result.ShareSandbox: shares.Sandbox, result.ShareExit: shares.Exit, result.ShareGate: shares.Gate,
			result.ShareSync: shares.Sync, result.SharePull: shares.Pull, result.ShareCreate: shares.Create,
			result.ShareStart: shares.Start, result.ShareWarmUp: shares.WarmUp, result.ShareProbe: shares.Probe,
			result.ShareTotal: shares.Total(),
		} {
			if err := n.keep(c.Name(), metric, share.Seconds()); err != nil {
				return err
			}
		}
		for _, latency := range latencies {
			for metric, part := range map[result.Metric]time.Duration{
				result.Latency: latency.Total(), result.LatencyGate: latency.Gate, result.LatencySync: latency.Sync,
				result.LatencyPull: latency.Pull,
			} {
				if err := n.keep(c.Name(), metric, part.Seconds()); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
