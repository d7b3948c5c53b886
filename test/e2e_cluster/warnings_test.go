// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"
	"sync"
)

// warnings collects the API server's warnings.
type warnings struct {
	lock sync.Mutex
	text []string
}

// HandleWarningHeaderWithContext implements rest.WarningHandlerWithContext.
func (w *warnings) HandleWarningHeaderWithContext(_ context.Context, _ int, _, text string) {
	w.lock.Lock()
	defer w.lock.Unlock()
	w.text = append(w.text, text)
}

// take returns the warnings since the last call.
func (w *warnings) take() []string {
	w.lock.Lock()
	defer w.lock.Unlock()
	text := w.text
	w.text = nil
	return text
}
