// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// withCopies measures copies of the kubelets, below the directory: they stay what they are when somebody builds new ones meanwhile.
func (o options) withCopies(dir string) (options, error) {
	for name, kubelet := range map[string]*string{"kubelet-ours": &o.kubelet, "kubelet-pristine": &o.pristine} {
		target := filepath.Join(dir, name)
		if err := copyProgram(*kubelet, target); err != nil {
			return o, fmt.Errorf("copy the kubelet %q (hack/bench.sh builds it): %w", *kubelet, err)
		}
		*kubelet = target
	}
	return o, nil
}

func copyProgram(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}
