// SPDX-License-Identifier: Apache-2.0

package facts

import "time"

// Record is what is known of one run of a container from outside of the kubelet: from the container runtime, or from the status of the
// pod. A zero time means that it has not happened, or is not known.
type Record struct {
	ID, Name                   string
	Created, Started, Finished time.Time
	// ExitCode is the exit code if the container has finished.
	ExitCode int32
	// Lost reports whether the record vanished before the exit was seen. Finished is then the time when it was found missing, and the exit
	// code is unknown.
	Lost bool
}
