package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

type settings struct {
	name             string
	dir              string
	port             int
	caCertificate    string
	caKey            string
	caBundle         string
	signingKey       string
	verificationKeys []string
	issuer           string
	jwksURI          string
	serviceRange     string
	podRange         string
	authenticator    string
	// Flags of kube-apiserver: the arguments after `--`.
	apiServerFlags []string
}

func parseSettings(args []string) (*settings, error) {
	s := &settings{}
	var verificationKeys string
	flags := flag.NewFlagSet("control-plane", flag.ContinueOnError)
	flags.StringVar(&s.name, "name", "", "full `name` of the cluster")
	flags.StringVar(&s.dir, "dir", "", "`folder` of etcd's data, the certificates and kubeconfigs made here")
	flags.IntVar(&s.port, "port", 0, "`port` of the API on 127.0.0.1; any other if it is busy or 0")
	flags.StringVar(&s.caCertificate, "ca-cert", "", "`file` with the certificate that signs")
	flags.StringVar(&s.caKey, "ca-key", "", "`file` with its private key")
	flags.StringVar(&s.caBundle, "ca-bundle", "", "`file` with every certificate that clients may be signed by")
	flags.StringVar(&s.signingKey, "service-account-signing-key", "",
		"`file` with the private key that signs service-account tokens")
	flags.StringVar(&verificationKeys, "service-account-keys", "",
		"`files`, comma separated, whose keys verify service-account tokens")
	flags.StringVar(&s.issuer, "issuer", "", "`URL` of the issuer of service-account tokens")
	flags.StringVar(&s.jwksURI, "jwks-uri", "", "`URL` of the issuer's keys, if it is not below the issuer's")
	flags.StringVar(&s.serviceRange, "service-range", "100.64.0.0/13", "`CIDR` of services")
	flags.StringVar(&s.podRange, "pod-range", "", "`CIDR` of pods")
	flags.StringVar(&s.authenticator, "authenticator", "",
		"`folder` for the key pair of an aws-iam-authenticator on 127.0.0.1")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	var missing []string
	for name, value := range map[string]string{
		"name": s.name, "dir": s.dir, "ca-cert": s.caCertificate, "ca-key": s.caKey, "ca-bundle": s.caBundle,
		"service-account-signing-key": s.signingKey, "service-account-keys": verificationKeys, "issuer": s.issuer,
	} {
		if value == "" {
			missing = append(missing, "--"+name)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("missing %s", strings.Join(missing, ", "))
	}
	s.verificationKeys = strings.Split(verificationKeys, ",")
	s.apiServerFlags = flags.Args()
	return s, s.enterDir()
}

// enterDir makes the cluster's folder the working folder: etcd listens on a socket in it, and the path of a Unix
// socket may have no more than about a hundred characters.
func (s *settings) enterDir() error {
	var errs []error
	paths := []*string{&s.dir, &s.caCertificate, &s.caKey, &s.caBundle, &s.signingKey}
	for _, path := range append(paths, pointers(s.verificationKeys)...) {
		absolute, err := filepath.Abs(*path)
		errs = append(errs, err)
		*path = absolute
	}
	return errors.Join(append(errs, os.MkdirAll(s.dir, 0o700), os.Chdir(s.dir))...)
}

func pointers(values []string) []*string {
	result := make([]*string, len(values))
	for i := range values {
		result[i] = &values[i]
	}
	return result
}
