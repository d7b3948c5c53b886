// SPDX-License-Identifier: Apache-2.0

// Package look defines the appearance of each state, shared by the terminal and the SVG picture. The colours differ in lightness as
// well as in hue, and each state has a glyph of its own: no state is told by colour alone.
package look

import (
	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/internal/timeline"
)

// Colour is a colour for each kind of terminal and for the SVG.
type Colour struct {
	Name string
	RGB  [3]uint8
	// C256 is the nearest of xterm's 256 colours, C16 the code of a foreground colour such as 32.
	C256, C16 uint8
	// Light replaces RGB on a light page, where RGB would be too faint.
	Light [3]uint8
}

// Colours.
var (
	Dim  = Colour{Name: "dim", RGB: [3]uint8{125, 133, 144}, Light: [3]uint8{107, 114, 124}, C256: 244, C16: 90}
	Good = Colour{Name: "good", RGB: [3]uint8{63, 185, 120}, Light: [3]uint8{17, 128, 80}, C256: 78, C16: 32}
	Bad  = Colour{Name: "bad", RGB: [3]uint8{248, 81, 73}, Light: [3]uint8{207, 34, 46}, C256: 203, C16: 91}
	Busy = Colour{Name: "busy", RGB: [3]uint8{88, 166, 255}, Light: [3]uint8{9, 105, 218}, C256: 75, C16: 94}
	// Calm is for a container that exited because it was stopped, with any code.
	Calm = Colour{Name: "calm", RGB: [3]uint8{160, 168, 178}, Light: [3]uint8{87, 96, 106}, C256: 248, C16: 37}

	running  = Colour{Name: "running", RGB: [3]uint8{121, 192, 255}, Light: [3]uint8{84, 160, 225}, C256: 117, C16: 96}
	ready    = Colour{Name: "ready", RGB: [3]uint8{46, 160, 130}, Light: [3]uint8{22, 140, 110}, C256: 36, C16: 36}
	preStop  = Colour{Name: "preStop", RGB: [3]uint8{230, 190, 80}, Light: [3]uint8{190, 135, 0}, C256: 179, C16: 93}
	stopping = Colour{Name: "stopping", RGB: [3]uint8{240, 136, 62}, Light: [3]uint8{200, 85, 10}, C256: 209, C16: 33}
)

// Colours returns all colours.
func Colours() []Colour {
	return []Colour{Dim, Good, Bad, Busy, Calm, running, ready, preStop, stopping}
}

// State is the appearance of one state.
type State struct {
	Glyph  rune
	Colour Colour
	// Word in the key.
	Word string
}

var states = [...]State{
	timeline.Waiting:  {Glyph: '·', Colour: Dim, Word: "waits"},
	timeline.Starting: {Glyph: '░', Colour: Calm, Word: "starts"},
	timeline.Running:  {Glyph: '▒', Colour: running, Word: "not ready"},
	timeline.Ready:    {Glyph: '█', Colour: ready, Word: "ready"},
	timeline.PreStop:  {Glyph: '╱', Colour: preStop, Word: "preStop"},
	timeline.Stopping: {Glyph: '╳', Colour: stopping, Word: "stops"},
}

// Of returns the appearance of a state.
func Of(s timeline.State) State { return states[s] }

// All returns the appearances of all states, in the order of a container's life.
func All() []State { return states[:] }

// Exit returns the sign and colour of an exit.
func Exit(e timeline.Exit) (string, Colour) {
	switch {
	case e.Unseen:
		return "?", Calm
	case e.Code == 0:
		return "✓", Good
	case e.Told:
		return "✗", Calm
	}
	return "✗", Bad
}

// Phase returns the colour of a pod's phase.
func Phase(phase v1.PodPhase) Colour {
	switch phase {
	case v1.PodSucceeded:
		return Good
	case v1.PodFailed:
		return Bad
	case v1.PodRunning:
		return Busy
	}
	return Calm
}
