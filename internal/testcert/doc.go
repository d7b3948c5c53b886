// SPDX-License-Identifier: Apache-2.0

// Package testcert makes certificates for the servers of tests.
package testcert

import (
	"os"
	"path/filepath"
	"testing"

	"k8s.io/client-go/util/cert"
)

// Write writes a new certificate for localhost and its key into the directory, as tls.crt and tls.key, and returns its serial number.
func Write(t *testing.T, dir string) string {
	t.Helper()
	certificate, key, err := cert.GenerateSelfSignedCertKey("localhost", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := cert.ParseCertsPEM(certificate)
	if err != nil {
		t.Fatal(err)
	}
	// The key first: the certificate alone does not fit an older key.
	for _, file := range []struct {
		name    string
		content []byte
	}{{"tls.key", key}, {"tls.crt", certificate}} {
		if err := os.WriteFile(filepath.Join(dir, file.name), file.content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return parsed[0].SerialNumber.String()
}
