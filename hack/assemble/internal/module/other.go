// SPDX-License-Identifier: Apache-2.0

package module

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
)

// Other downloads another version of Kubernetes, with the given staging modules. The checksum database verifies them,
// because no go.sum has their hashes.
func Other(ctx context.Context, version string, staging []string) ([]Module, error) {
	stagingVersion, ok := strings.CutPrefix(version, "v1.")
	if !ok {
		return nil, fmt.Errorf("%q is no version of Kubernetes: it is of the form v1.36.3", version)
	}
	scratch, err := os.MkdirTemp("", "assemble-")
	if err != nil {
		return nil, fmt.Errorf("making a directory without a go.mod: %w", err)
	}
	defer os.RemoveAll(scratch)
	args := []string{Kubernetes + "@" + version}
	for _, path := range slices.Sorted(slices.Values(staging)) {
		args = append(args, path+"@v0."+stagingVersion)
	}
	return Download(ctx, scratch, args)
}
