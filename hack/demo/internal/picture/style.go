// SPDX-License-Identifier: Apache-2.0

package picture

import (
	"fmt"

	"kubelet-ordering/hack/demo/internal/look"
	"kubelet-ordering/hack/demo/internal/timeline"
	"kubelet-ordering/hack/internal/svg"
)

// tones are the colours of the states, and of what is no state.
func tones() []svg.Tone {
	named := func(name string, c look.Colour) svg.Tone {
		return svg.Tone{Name: name, Light: hex(c.Light), Dark: hex(c.RGB)}
	}
	all := []svg.Tone{named("dim", look.Dim), named("good", look.Good), named("bad", look.Bad), named("busy", look.Busy), named("calm", look.Calm)}
	for _, s := range look.All() {
		all = append(all, named(s.String(), look.Of(s).Colour))
	}
	return all
}

// class is the name of a colour.
func class(c look.Colour) string {
	for _, t := range tones() {
		if t.Dark == hex(c.RGB) {
			return t.Name
		}
	}
	return "dim"
}

func hex(c [3]uint8) string { return fmt.Sprintf("#%02x%02x%02x", c[0], c[1], c[2]) }

// patterns are the hatchings: lines one way for preStop, both ways for stopping.
func patterns() string {
	const frame = `<pattern id="%s" width="6" height="6" patternUnits="userSpaceOnUse"><path class="line s-%s" d="%s"/></pattern>`
	const rising, falling = "M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2", " M-1,5 l2,2 M0,0 l6,6 M5,-1 l2,2"
	return fmt.Sprintf(frame, timeline.PreStop, timeline.PreStop, rising) +
		fmt.Sprintf(frame, timeline.Stopping, timeline.Stopping, rising+falling)
}
