// SPDX-License-Identifier: Apache-2.0

package assemble

import (
	"kubelet-ordering/hack/assemble/internal/output"
	"kubelet-ordering/hack/assemble/internal/own"
	"kubelet-ordering/hack/assemble/internal/seam"
	"kubelet-ordering/hack/assemble/internal/upstream"
)

// entries lists the files of the tree.
func entries(up *upstream.Tree, files []own.File, plan seam.Plan) []output.Entry {
	var list []output.Entry
	for _, f := range up.Files() {
		e := output.Entry{Path: f.Path, Source: f.Source}
		if edits, ok := plan.Edits[f.Path]; ok {
			e.Edit = func(src []byte) ([]byte, error) { return seam.Apply(f.Path, src, edits) }
		}
		list = append(list, e)
	}
	for _, f := range files {
		list = append(list, output.Entry{Path: f.Path, Data: f.Data, ModTime: f.ModTime, Executable: f.Executable})
	}
	return list
}
