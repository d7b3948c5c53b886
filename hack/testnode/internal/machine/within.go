// SPDX-License-Identifier: Apache-2.0

package machine

import (
	"errors"
	"fmt"
	"os"
)

// mark is a file that only machines of this package have.
const mark = "etc/testnode-machine"

// Within returns an error unless the calling process is in a machine of this package.
func Within() error {
	if _, err := os.Stat("/" + mark); err != nil {
		return fmt.Errorf("this would change the machine for good, and it is none of hack/vm.sh: %w", errors.Unwrap(err))
	}
	return nil
}
