// SPDX-License-Identifier: Apache-2.0

// Package bounded keeps what admission reviews cost within bounds: whoever reaches the port may send anything.
package bounded

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"golang.org/x/sync/semaphore"
	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

const (
	// MaxBytes is the greatest size of a review: an object may have 3 MiB, and an update has two of them. controller-runtime reads
	// no more.
	MaxBytes = 7<<20 - 1
	// MaxParts is the greatest number of values of a review. A pod of 128 containers with all that one can say has some thousands.
	// Each may need more than a hundred times its bytes when it is decoded.
	MaxParts = 1 << 17
	// Timeout is how long one review may take to arrive and to wait for its turn. The API server waits no longer.
	Timeout = 5 * time.Second

	// maxReading is the number of bytes of reviews in memory at a time.
	maxReading = 32 << 20
	// maxDeciding bounds the memory of the reviews that are decided at a time, of which each byte costs byteCost and each part
	// partCost: as much as one greatest review costs. It is about 1,000 usual ones.
	maxDeciding = MaxBytes*byteCost + MaxParts*partCost
	byteCost    = 6
	partCost    = 1 << 10
)

// Budget is what all reviews of a process may have at a time.
type Budget struct{ reading, deciding *semaphore.Weighted }

// NewBudget returns a budget of which nothing is spent.
func NewBudget() *Budget {
	return &Budget{reading: semaphore.NewWeighted(maxReading), deciding: semaphore.NewWeighted(maxDeciding)}
}

// handler passes on reviews within bounds.
type handler struct {
	*Budget
	next http.Handler
}

// Handler returns a handler in front of another one, within the budget.
func (b *Budget) Handler(next http.Handler) http.Handler { return &handler{Budget: b, next: next} }

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), Timeout)
	defer cancel()
	if r.Method != http.MethodPost {
		http.Error(w, "send an AdmissionReview with POST", http.StatusMethodNotAllowed)
		return
	}
	// Who does not say how much it will be may send the most.
	size := r.ContentLength
	if size < 0 {
		size = MaxBytes
	}
	if size > MaxBytes {
		tooLarge(w)
		return
	}
	if err := h.reading.Acquire(ctx, size); err != nil {
		busy(w)
		return
	}
	defer h.reading.Release(size)
	// It fails where a connection has no deadlines: in tests.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(Timeout))
	body, err := read(http.MaxBytesReader(w, r.Body, MaxBytes), r.ContentLength)
	var exceeded *http.MaxBytesError
	switch {
	case errors.As(err, &exceeded):
		tooLarge(w)
		return
	case err != nil:
		http.Error(w, "read the review: "+err.Error(), http.StatusBadRequest)
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	parts := countParts(body)
	if parts > MaxParts {
		pass(w, body, parts)
		return
	}
	cost := int64(len(body))*byteCost + int64(parts)*partCost
	if err := h.deciding.Acquire(ctx, cost); err != nil {
		busy(w)
		return
	}
	defer h.deciding.Release(cost)
	r = r.WithContext(ctx)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	h.next.ServeHTTP(w, r)
}

// read reads a body of which the length is known, or -1.
func read(body io.Reader, length int64) ([]byte, error) {
	if length < 0 {
		return io.ReadAll(body)
	}
	content := make([]byte, length)
	_, err := io.ReadFull(body, content)
	return content, err
}

func busy(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "1")
	http.Error(w, "too many reviews at a time: run more replicas", http.StatusTooManyRequests)
}

func tooLarge(w http.ResponseWriter) {
	http.Error(w, fmt.Sprintf("a review may have %d bytes", MaxBytes), http.StatusRequestEntityTooLarge)
}

// countParts counts what may be a value of its own in a JSON text.
func countParts(text []byte) int {
	parts, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			quoted = !quoted
		case '\\':
			if quoted {
				i++
			}
		case ',', '{', '[':
			if !quoted {
				parts++
			}
		}
	}
	return parts
}

// pass takes an object without looking at it. The kubelet looks at every order.
func pass(w http.ResponseWriter, body []byte, parts int) {
	var asked struct {
		metav1.TypeMeta `json:",inline"`
		Request         struct {
			UID types.UID `json:"uid"`
		} `json:"request"`
	}
	if err := json.Unmarshal(body, &asked); err != nil {
		http.Error(w, "decode the review: "+err.Error(), http.StatusBadRequest)
		return
	}
	answer, err := json.Marshal(admissionv1.AdmissionReview{TypeMeta: asked.TypeMeta, Response: &admissionv1.AdmissionResponse{
		UID: asked.Request.UID, Allowed: true, Warnings: []string{fmt.Sprintf(
			"its container order was not checked: the object has too many fields (the review has %d, and may have %d)", parts, MaxParts)},
	}})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answer)
}
