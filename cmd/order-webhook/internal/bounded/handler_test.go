// SPDX-License-Identifier: Apache-2.0

package bounded

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
)

func TestCountParts(t *testing.T) {
	tests := map[string]struct {
		text string
		want int
	}{
		"nothing":                {"", 0},
		"an object":              {`{"a": [1, 2]}`, 3},
		"quoted":                 {`{"a": "[{,"}`, 1},
		"quoted with a quote":    {`{"a": "\"[{,"}`, 1},
		"a backslash":            {`{"a": "\\", "b": "\\\","}`, 2},
		"a backslash in no text": {`\"{`, 0},
		"open":                   {`"{`, 0},
		"ends in a backslash":    {`"\`, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := countParts([]byte(test.text)); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

// repeated returns count values, separated by commas.
func repeated(value string, count int) string { return strings.Repeat(value+",", count-1) + value }

func TestHandler(t *testing.T) {
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%d bytes of %d, %v", len(body), r.ContentLength, err)
	})
	// The array opens one part.
	most := `{"request": {"uid": "u"}, "l": [` + repeated("1", MaxParts-4) + "]}"
	more := `{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {"uid": "u"}, "l": [` +
		repeated("1", MaxParts) + "]}"
	tests := map[string]struct {
		method, body string
		chunked      bool
		code         int
		want         string
	}{
		"usual":            {body: `{"a": 1}`, code: 200, want: "8 bytes of 8, <nil>"},
		"chunked":          {body: `{"a": 1}`, chunked: true, code: 200, want: "8 bytes of 8, <nil>"},
		"nothing":          {body: "", code: 200, want: "0 bytes of 0, <nil>"},
		"another method":   {method: http.MethodGet, code: 405, want: "POST"},
		"the most bytes":   {body: strings.Repeat(" ", MaxBytes), code: 200, want: fmt.Sprintf("%d bytes", MaxBytes)},
		"too many bytes":   {body: strings.Repeat(" ", MaxBytes+1), code: 413, want: "may have 7340031 bytes"},
		"too many chunks":  {body: strings.Repeat(" ", MaxBytes+1), chunked: true, code: 413, want: "may have 7340031 bytes"},
		"the most parts":   {body: most, code: 200, want: fmt.Sprintf("%d bytes", len(most))},
		"too many parts":   {body: more, code: 200, want: `"uid":"u","allowed":true,"warnings":["its container order was not checked`},
		"parts, undecoded": {body: repeated("{", MaxParts+1), code: 400, want: "decode the review"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.method == "" {
				test.method = http.MethodPost
			}
			r := httptest.NewRequest(test.method, "/", strings.NewReader(test.body))
			if test.chunked {
				r.ContentLength = -1
			}
			w := httptest.NewRecorder()
			NewBudget().Handler(echo).ServeHTTP(w, r)
			if w.Code != test.code || !strings.Contains(w.Body.String(), test.want) {
				t.Errorf("got %d: %.300s\nwant %d: %s", w.Code, w.Body, test.code, test.want)
			}
		})
	}
}

// TestAnswerWithoutLook: the API server understands the answer for an object that was not looked at.
func TestAnswerWithoutLook(t *testing.T) {
	w := httptest.NewRecorder()
	body := `{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "l": [` + repeated("{}", MaxParts) +
		`], "request": {"uid": "u"}}`
	NewBudget().Handler(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)))
	var got admissionv1.AdmissionReview
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Kind != "AdmissionReview" || got.APIVersion != "admission.k8s.io/v1" || got.Response == nil ||
		got.Response.UID != "u" || !got.Response.Allowed {
		t.Errorf("got %+v", got)
	}
}

// slow is a body that never ends.
type slow struct{ ctx context.Context }

func (s slow) Read([]byte) (int, error) {
	<-s.ctx.Done()
	return 0, s.ctx.Err()
}

// TestMemoryIsBounded: what would need more memory waits, and is refused if it waits for too long.
func TestMemoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, release := context.WithCancel(t.Context())
		// The budget is that of all handlers.
		wait := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-ctx.Done() })
		budget := NewBudget()
		handlers := []http.Handler{budget.Handler(wait), budget.Handler(wait)}
		costly := `{"l": [` + repeated("{}", MaxParts/2-2) + "]}"
		costs := int64(len(costly))*byteCost + int64(countParts([]byte(costly)))*partCost
		fit := int(maxDeciding / costs)
		var codes []int
		send := func(number int, body io.Reader, length int64) *httptest.ResponseRecorder {
			w := httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodPost, "/", body)
			r.ContentLength = length
			handlers[number%2].ServeHTTP(w, r)
			return w
		}
		for i := range fit {
			go send(i, strings.NewReader(costly), int64(len(costly)))
		}
		synctest.Wait()
		began := time.Now()
		codes = append(codes, send(1, strings.NewReader(costly), int64(len(costly))).Code)
		if waited := time.Since(began); waited != Timeout {
			t.Errorf("it has waited for %v, want %v", waited, Timeout)
		}
		// Bodies that do not arrive take the place for others until their time is over.
		for i := range maxReading / MaxBytes {
			go send(i, slow{ctx}, -1)
		}
		synctest.Wait()
		codes = append(codes, send(1, strings.NewReader(" "), -1).Code)
		release()
		synctest.Wait()
		codes = append(codes, send(1, strings.NewReader(costly), -1).Code)
		if want := []int{429, 429, 200}; fmt.Sprint(codes) != fmt.Sprint(want) {
			t.Errorf("got %v, want %v", codes, want)
		}
	})
}
