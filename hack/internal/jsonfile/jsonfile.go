// SPDX-License-Identifier: Apache-2.0

// Package jsonfile stores values in files as JSON: one value per file, or one per line. All errors name the file.
package jsonfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Write stores a value, and creates the directory if needed.
func Write(path string, value any) error {
	content, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("make the directory of %s: %w", path, err)
	}
	return os.WriteFile(path, append(content, '\n'), 0o644)
}

// Read reads a value that Write stored.
func Read[T any](path string) (value T, err error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return value, err
	}
	if err := json.Unmarshal(content, &value); err != nil {
		return value, fmt.Errorf("decode %s: %w", path, err)
	}
	return value, nil
}

// Append adds a value to a file, on its own line.
func Append(path string, value any) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	if err := errors.Join(json.NewEncoder(file).Encode(value), file.Close()); err != nil {
		return fmt.Errorf("add to %s: %w", path, err)
	}
	return nil
}

// ReadLines reads the values that Append added. It returns none if the file does not exist, and ignores a truncated last line.
func ReadLines[T any](path string) ([]T, error) {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var values []T
	for decoder := json.NewDecoder(file); ; {
		var value T
		err := decoder.Decode(&value)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return values, nil
		}
		if err != nil {
			return nil, fmt.Errorf("decode value %d of %s: %w", len(values)+1, path, err)
		}
		values = append(values, value)
	}
}
