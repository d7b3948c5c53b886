// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"time"

	"k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"
)

// validity is far longer than any node stays up.
const validity = 7 * 24 * time.Hour

// authority signs certificates for one cluster. Its key is never written anywhere.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	// pem is the PEM-encoded certificate.
	pem []byte
}

func newAuthority() (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the cluster's own key: %w", err)
	}
	certificate, err := cert.NewSelfSignedCACert(cert.Config{CommonName: "testnode"}, key)
	if err != nil {
		return nil, fmt.Errorf("sign the cluster's own certificate: %w", err)
	}
	pem, err := cert.EncodeCertificates(certificate)
	return &authority{certificate: certificate, key: key, pem: pem}, err
}

// pair is a certificate and its key, PEM-encoded.
type pair struct{ certificate, key []byte }

// client issues a client certificate for the user and its groups.
func (a *authority) client(user string, groups ...string) (pair, error) {
	return a.issue(x509.Certificate{
		Subject:     pkix.Name{CommonName: user, Organization: groups},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
}

// issue signs a certificate with the subject and usages of the template.
func (a *authority) issue(template x509.Certificate) (pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return pair{}, fmt.Errorf("make a key for %q: %w", template.Subject.CommonName, err)
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)); err != nil {
		return pair{}, fmt.Errorf("number the certificate for %q: %w", template.Subject.CommonName, err)
	}
	// Start in the past to tolerate clocks that are behind.
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(validity)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, &template, a.certificate, key.Public(), a.key)
	if err != nil {
		return pair{}, fmt.Errorf("sign a certificate for %q: %w", template.Subject.CommonName, err)
	}
	encoded, err := cert.EncodeCertificates(&x509.Certificate{Raw: der})
	if err != nil {
		return pair{}, fmt.Errorf("encode the certificate for %q: %w", template.Subject.CommonName, err)
	}
	private, err := keyutil.MarshalPrivateKeyToPEM(key)
	return pair{certificate: encoded, key: private}, err
}
