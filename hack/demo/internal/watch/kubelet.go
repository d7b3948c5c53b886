// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	v1 "k8s.io/api/core/v1"
)

// RunLabel identifies the pod of this run: the kubelet changes a static pod's name and UID.
const RunLabel = "demo/run"

// Kubelet is the read-only API of the node's kubelet.
type Kubelet struct{ URL string }

// Pod returns the pod of this run from the kubelet's list, or nil.
func (k Kubelet) Pod(ctx context.Context, run string) (*v1.Pod, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, k.URL+"/pods", nil)
	if err != nil {
		return nil, fmt.Errorf("ask the kubelet at %q for its pods: %w", k.URL, err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask the kubelet for its pods: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask the kubelet for its pods: %s/pods answers %s", k.URL, response.Status)
	}
	var list v1.PodList
	if err := json.NewDecoder(response.Body).Decode(&list); err != nil {
		return nil, fmt.Errorf("read the kubelet's list of pods: %w", err)
	}
	for i := range list.Items {
		if list.Items[i].Labels[RunLabel] == run {
			return &list.Items[i], nil
		}
	}
	return nil, nil
}
