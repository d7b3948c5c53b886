// SPDX-License-Identifier: Apache-2.0

package picture

import (
	"fmt"

	"kubelet-ordering/hack/demo/internal/look"
	"kubelet-ordering/hack/demo/internal/timeline"
	"kubelet-ordering/hack/internal/svg"
)

// tones are the colours of the terminal, as they are on a page.
func tones() []svg.Tone {
	var all []svg.Tone
	for _, c := range look.Colours() {
		all = append(all, svg.Tone{Name: c.Name, Light: hex(c.Light), Dark: hex(c.RGB)})
	}
	return all
}

func hex(c [3]uint8) string { return fmt.Sprintf("#%02x%02x%02x", c[0], c[1], c[2]) }

// patterns are the hatchings: lines one way for preStop, both ways for stopping.
func patterns() string {
	const frame = `<pattern id="%s" width="6" height="6" patternUnits="userSpaceOnUse"><path class="line s-%s" d="%s"/></pattern>`
	const rising, falling = "M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2", " M-1,5 l2,2 M0,0 l6,6 M5,-1 l2,2"
	return fmt.Sprintf(frame, timeline.PreStop, timeline.PreStop, rising) +
		fmt.Sprintf(frame, timeline.Stopping, timeline.Stopping, rising+falling)
}
