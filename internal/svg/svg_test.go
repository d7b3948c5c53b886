// SPDX-License-Identifier: Apache-2.0

package svg

import (
	"encoding/xml"
	"slices"
	"strings"
	"testing"
)

// TestPicture parses a picture as XML and checks that text survives the escaping.
func TestPicture(t *testing.T) {
	const text = `a "reason" < b & c`
	p := New(100, 50, text, []Tone{{Name: "dim", Light: "#111111", Dark: "#eeeeee"}}, `<pattern id="p"/>`)
	p.Text(1, 2, "ink", "end", text)
	p.Tick(10, 20, 40, "small", text)
	p.Dot(5, 5, 2.5, "dim")
	content := p.Bytes()
	var got struct {
		Label string   `xml:"aria-label,attr"`
		Box   string   `xml:"viewBox,attr"`
		Style string   `xml:"style"`
		Text  []string `xml:"text"`
		Dots  []struct {
			X string `xml:"cx,attr"`
		} `xml:"circle"`
	}
	if err := xml.Unmarshal(content, &got); err != nil {
		t.Fatalf("%v in\n%s", err, content)
	}
	if got.Label != text || got.Box != "0 0 100 50" || !slices.Equal(got.Text, []string{text, text}) || len(got.Dots) != 1 {
		t.Errorf("got %+v from\n%s", got, content)
	}
	if !strings.Contains(got.Style, ".f-dim{fill:#111111}") || !strings.Contains(got.Style, "(prefers-color-scheme:dark)") {
		t.Errorf("got the style %s", got.Style)
	}
}

func TestPicturesWithoutDarkTonesAreLight(t *testing.T) {
	picture := New(100, 50, "", []Tone{{Name: "dim", Light: "#111111"}}, "").Bytes()
	if strings.Contains(string(picture), "dark") {
		t.Errorf("got %s", picture)
	}
}
