// SPDX-License-Identifier: Apache-2.0

package result

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Append adds samples to a file, one a line: what was measured before an interruption is kept.
func Append(path string, samples ...Sample) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return fmt.Errorf("keep measurements: %w", err)
	}
	encoder := json.NewEncoder(file)
	for _, sample := range samples {
		if err := encoder.Encode(sample); err != nil {
			return errors.Join(fmt.Errorf("keep a measurement in %q: %w", path, err), file.Close())
		}
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("keep measurements in %q: %w", path, err)
	}
	return nil
}

// ReadLines reads what Append has written; no file is no samples. A last line that was cut off is left out.
func ReadLines(path string) ([]Sample, error) {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read measurements: %w", err)
	}
	defer file.Close()
	var samples []Sample
	for decoder := json.NewDecoder(file); ; {
		var sample Sample
		err := decoder.Decode(&sample)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return samples, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read measurements from %q: %w", path, err)
		}
		samples = append(samples, sample)
	}
}
