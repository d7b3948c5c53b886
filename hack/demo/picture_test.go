// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path/filepath"
	"testing"

	"kubelet-ordering/internal/golden"
	"kubelet-ordering/internal/picture"
	"kubelet-ordering/internal/timeline"
)

func TestPicture(t *testing.T) {
	pod, graph := sample(t, sampleEnd)
	golden.Check(t, filepath.Join("testdata", "mission.svg"), string(picture.Draw(timeline.Of(pod, graph, sampleAt(sampleEnd)))))
}

// TestPictureIsXML includes texts that need escaping, and a pod that has just begun.
func TestPictureIsXML(t *testing.T) {
	for _, seconds := range []float64{0, 3, 12, 24, 29, sampleEnd} {
		pod, graph := sample(t, seconds)
		pod.Reason = `a "reason" < b & c`
		decoder := xml.NewDecoder(bytes.NewReader(picture.Draw(timeline.Of(pod, graph, sampleAt(seconds)))))
		for {
			_, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("after %v s: %v", seconds, err)
			}
		}
	}
}
