// SPDX-License-Identifier: Apache-2.0

package svg

import (
	"fmt"
	"strings"

	"kubelet-ordering/hack/demo/internal/look"
	"kubelet-ordering/hack/demo/internal/timeline"
)

// tone is a named colour: a class for each use.
type tone struct {
	name   string
	colour look.Colour
}

func tones() []tone {
	all := []tone{{"dim", look.Dim}, {"good", look.Good}, {"bad", look.Bad}, {"busy", look.Busy}, {"calm", look.Calm}}
	for _, s := range look.All() {
		all = append(all, tone{s.String(), look.Of(s).Colour})
	}
	return all
}

// class is the name of a colour.
func class(c look.Colour) string {
	for _, t := range tones() {
		if t.colour == c {
			return t.name
		}
	}
	return "dim"
}

func hex(c [3]uint8) string { return fmt.Sprintf("#%02x%02x%02x", c[0], c[1], c[2]) }

// sheet writes the classes: light, and dark where the reader's system is dark.
func sheet() string {
	var light, dark strings.Builder
	for _, t := range tones() {
		for out, colour := range map[*strings.Builder]string{&light: hex(t.colour.Light), &dark: hex(t.colour.RGB)} {
			fmt.Fprintf(out, ".f-%s{fill:%s}.s-%s{stroke:%s}", t.name, colour, t.name, colour)
		}
	}
	return "text{font:13px ui-sans-serif,system-ui,'Segoe UI','DejaVu Sans',sans-serif}" +
		".name{font:13px ui-monospace,SFMono-Regular,'DejaVu Sans Mono',monospace}.bold{font-weight:700}.title{font-size:17px}.small{font-size:11px}" +
		".page{fill:#fff;stroke:#d0d7de}.ink{fill:#1f2328}.grid{stroke:#eaeef2}.line{fill:none;stroke-width:1.5}" +
		light.String() +
		"@media (prefers-color-scheme:dark){.page{fill:#0d1117;stroke:#30363d}.ink{fill:#e6edf3}.grid{stroke:#21262d}" + dark.String() + "}"
}

// patterns are the hatchings: lines one way for preStop, both ways for stopping.
func patterns() string {
	const frame = `<pattern id="%s" width="6" height="6" patternUnits="userSpaceOnUse"><path class="line s-%s" d="%s"/></pattern>`
	const rising, falling = "M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2", " M-1,5 l2,2 M0,0 l6,6 M5,-1 l2,2"
	return fmt.Sprintf(frame, timeline.PreStop, timeline.PreStop, rising) +
		fmt.Sprintf(frame, timeline.Stopping, timeline.Stopping, rising+falling)
}
