// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"

	"kubelet-ordering/cmd/kubectl-order/internal/safe"
	"kubelet-ordering/cmd/kubectl-order/internal/source"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// eachOrdered calls do for each pod that uses ordering. It says of the other pods what happens to them instead, prints the problems of
// invalid ones, and reports whether there was one.
func (b *base) eachOrdered(
	from *source.Options, instead string, do func(*source.Pod, *dependency.Explanation) error,
) (invalid bool, err error) {
	err = from.Visit(func(p *source.Pod) error {
		x, err := p.Explain()
		switch {
		case err != nil:
			invalid = true
			b.sayInvalid(p, err)
			return nil
		case x == nil:
			fmt.Fprintf(b.streams.ErrOut, "%s does not use ordering: %s\n", safe.Line(p.String()), instead)
			return nil
		}
		return do(p, x)
	})
	return invalid, err
}

// bounded returns an error if there are more pods than one call shows.
func bounded(pods int) error {
	if pods > maxGraphs {
		return fmt.Errorf("there are more than %d pods: name fewer", maxGraphs)
	}
	return nil
}
