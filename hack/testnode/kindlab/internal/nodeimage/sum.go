// SPDX-License-Identifier: Apache-2.0

package nodeimage

import (
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"

	"kubelet-ordering/hack/internal/image"
)

// Sum says whether something has to be made again: it depends on all that was added to it.
type Sum struct {
	hash hash.Hash
	err  error
}

// NewSum returns a sum of nothing.
func NewSum() *Sum { return &Sum{hash: sha256.New()} }

// Text adds a text.
func (s *Sum) Text(text string) { fmt.Fprintf(s.hash, "%d %s\n", len(text), text) }

// File adds a file's content. A program of Go's says itself which one it is, which spares reading it.
func (s *Sum) File(path string) {
	id, err := buildID(path)
	if err == nil && id == "" {
		id, err = digest(path)
	}
	s.Text(id)
	s.err = errors.Join(s.err, err)
}

// String returns the sum, or the first problem with a file.
func (s *Sum) String() (string, error) {
	if s.err != nil {
		return "", fmt.Errorf("find out what has changed: %w", s.err)
	}
	return hex.EncodeToString(s.hash.Sum(nil)[:16]), nil
}

// buildID returns the ID that Go's linker gave a program, which depends on its content, or an empty string.
func buildID(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	binary, err := elf.NewFile(file)
	if err != nil {
		// It is not a program.
		return "", nil
	}
	section := binary.Section(".note.go.buildid")
	if section == nil || section.Size > 4096 {
		return "", nil
	}
	content, err := section.Data()
	return string(content), err
}

func digest(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// AddTo adds what the content consists of, except the store.
func (c Content) AddTo(sum *Sum) {
	for _, file := range c.Files {
		addImageFile(sum, file)
	}
	for _, path := range sortedKeys(c.Programs) {
		sum.Text(path)
		sum.File(c.Programs[path])
	}
	// The base is made once, whole, and never changed.
	if info, err := os.Stat(c.Base); err == nil {
		sum.Text(info.ModTime().UTC().String())
	}
}

func addImageFile(sum *Sum, file image.File) {
	sum.Text(fmt.Sprintf("%s %o %s", file.Path, file.Mode, file.Link))
	sum.Text(string(file.Content))
}
