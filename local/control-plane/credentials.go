package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/util/keyutil"
	netutils "k8s.io/utils/net"
)

// credentials are files that are made at each start, so that none of them expires in a cloud that is in use.
type credentials struct {
	servingCertificate, servingKey      string
	admin, controllerManager, scheduler string
}

type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
	bundle      []byte
}

func issueCredentials(s *settings, server string) (*credentials, error) {
	ca, err := loadAuthority(s)
	if err != nil {
		return nil, err
	}
	c := &credentials{
		servingCertificate: "serving.crt", servingKey: "serving.key",
		admin: "admin.kubeconfig", controllerManager: "controller-manager.kubeconfig", scheduler: "scheduler.kubeconfig",
	}
	if err := ca.issueServing(s, c); err != nil {
		return nil, err
	}
	if s.authenticator != "" {
		if err := ca.issueAuthenticator(s.authenticator); err != nil {
			return nil, err
		}
	}
	for file, subject := range map[string]pkix.Name{
		c.admin:             {CommonName: "pilot-local-cloud", Organization: []string{"system:masters"}},
		c.controllerManager: {CommonName: "system:kube-controller-manager"},
		c.scheduler:         {CommonName: "system:kube-scheduler"},
	} {
		if err := ca.issueKubeconfig(file, s.name, server, subject); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func loadAuthority(s *settings) (*authority, error) {
	certificatePEM, err := os.ReadFile(s.caCertificate)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(certificatePEM)
	if block == nil {
		return nil, fmt.Errorf("%s holds no PEM certificate", s.caCertificate)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.caCertificate, err)
	}
	key, err := keyutil.PrivateKeyFromFile(s.caKey)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%s holds no key that can sign", s.caKey)
	}
	bundle, err := os.ReadFile(s.caBundle)
	if err != nil {
		return nil, err
	}
	return &authority{certificate: certificate, key: signer, bundle: bundle}, nil
}

// issueServing names the hosts under which kOps, its kubeconfigs and pods reach the API on AWS, and 127.0.0.1, where it
// listens.
func (a *authority) issueServing(s *settings, c *credentials) error {
	_, services, err := netutils.ParseCIDRSloppy(s.serviceRange)
	if err != nil {
		return fmt.Errorf("--service-range: %w", err)
	}
	first, err := netutils.GetIndexedIP(services, 1)
	if err != nil {
		return fmt.Errorf("--service-range: %w", err)
	}
	certificate, key, err := a.issue(&x509.Certificate{
		Subject:     pkix.Name{CommonName: "kube-apiserver"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{
			"api." + s.name, "api.internal." + s.name, "localhost",
			"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local",
		},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), first},
	})
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.servingCertificate, certificate, 0o600); err != nil {
		return err
	}
	return os.WriteFile(c.servingKey, key, 0o600)
}

// issueAuthenticator makes the key pair that nodeup makes on a control-plane node, under the file names that the
// authenticator looks for.
func (a *authority) issueAuthenticator(folder string) error {
	certificate, key, err := a.issue(&x509.Certificate{
		Subject:     pkix.Name{CommonName: "aws-iam-authenticator"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "cert.pem"), certificate, 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "key.pem"), key, 0o600)
}

func (a *authority) issueKubeconfig(file, cluster, server string, subject pkix.Name) error {
	certificate, key, err := a.issue(&x509.Certificate{
		Subject:     subject,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return err
	}
	config := clientcmdapi.NewConfig()
	config.Clusters[cluster] = &clientcmdapi.Cluster{Server: server, CertificateAuthorityData: a.bundle}
	config.AuthInfos[cluster] = &clientcmdapi.AuthInfo{ClientCertificateData: certificate, ClientKeyData: key}
	config.Contexts[cluster] = &clientcmdapi.Context{Cluster: cluster, AuthInfo: cluster}
	config.CurrentContext = cluster
	content, err := clientcmd.Write(*config)
	if err != nil {
		return err
	}
	return os.WriteFile(file, content, 0o600)
}

func (a *authority) issue(template *x509.Certificate) (certificate, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, nil, err
	}
	// Valid since yesterday: the clock of the machine that made the CA may be behind.
	template.NotBefore = time.Now().Add(-24 * time.Hour)
	template.NotAfter = time.Now().Add(365 * 24 * time.Hour)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, private.Public(), a.key)
	if err != nil {
		return nil, nil, fmt.Errorf("signing with the cluster's CA: %w", err)
	}
	key, err = keyutil.MarshalPrivateKeyToPEM(private)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), key, nil
}
