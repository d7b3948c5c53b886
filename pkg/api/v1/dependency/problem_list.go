// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"fmt"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// problemList collects the problems of a pod: the first MaxProblems, and the number of the others.
type problemList struct {
	listed field.ErrorList
	more   int
}

// add adds a problem. It describes the problem only if the list has room for it.
func (l *problemList) add(describe func() *field.Error) {
	if len(l.listed) == MaxProblems {
		l.more++
		return
	}
	l.listed = append(l.listed, describe())
}

func (l *problemList) any() bool { return len(l.listed) > 0 }

// summary returns the problems, and one more that says how many are not listed.
func (l *problemList) summary(base *field.Path) field.ErrorList {
	if l.more == 0 {
		return l.listed
	}
	return append(l.listed, field.Invalid(base.Child("spec"), field.OmitValueType{},
		fmt.Sprintf("the order of the containers has %d more problems: correct those above first", l.more)))
}
