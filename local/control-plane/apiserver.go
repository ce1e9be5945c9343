package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/cmd/kube-apiserver/app/options"
)

// listen takes the given port, so that kubeconfigs stay valid over a restart, or any other if it is busy.
func listen(port int) (net.Listener, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil && port != 0 {
		return net.Listen("tcp", "127.0.0.1:0")
	}
	return listener, err
}

func runAPIServer(ctx context.Context, s *settings, c *credentials, listener net.Listener) error {
	o := options.NewServerRunOptions()
	args := []string{
		"--etcd-servers=" + etcdClients,
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		// The endpoints of the service `kubernetes` would be 127.0.0.1, which the API refuses in endpoints.
		"--endpoint-reconciler-type=none",
		"--secure-port=" + strconv.Itoa(listener.Addr().(*net.TCPAddr).Port),
		"--tls-cert-file=" + c.servingCertificate,
		"--tls-private-key-file=" + c.servingKey,
		"--client-ca-file=" + s.caBundle,
		"--service-account-issuer=" + s.issuer,
		"--service-account-jwks-uri=" + s.jwksURI,
		"--service-account-signing-key-file=" + s.signingKey,
		"--service-account-key-file=" + strings.Join(s.verificationKeys, ","),
		"--service-cluster-ip-range=" + s.serviceRange,
		"--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction",
		"--anonymous-auth=false",
		"--allow-privileged=true",
		"--profiling=false",
		// Fairness between tenants costs more than it is worth on a single-user machine.
		"--enable-priority-and-fairness=false",
		"--shutdown-delay-duration=0s",
	}
	if err := parseFlags(o.Flags(), append(args, s.apiServerFlags...)); err != nil {
		return err
	}
	o.SecureServing.Listener = listener
	if err := o.GenericServerRunOptions.ComponentGlobalsRegistry.Set(); err != nil {
		return err
	}
	// The server's own clients watch deprecated APIs and would fill the log with warnings.
	rest.SetDefaultWarningHandler(rest.NoWarnings{})
	completed, err := o.Complete(ctx)
	if err != nil {
		return fmt.Errorf("kube-apiserver: %w", err)
	}
	if errs := completed.Validate(); len(errs) > 0 {
		return fmt.Errorf("kube-apiserver: %w", utilerrors.NewAggregate(errs))
	}
	if err := app.Run(ctx, completed); err != nil {
		return fmt.Errorf("kube-apiserver: %w", err)
	}
	return ended(ctx, "kube-apiserver")
}

// waitReady waits until the API server has created everything that it creates at its start (roles, priority classes,
// namespaces). It refuses earlier requests for reasons that disappear a moment later.
func waitReady(ctx context.Context, kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		if _, err := client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

func parseFlags(named cliflag.NamedFlagSets, args []string) error {
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	for _, set := range named.FlagSets {
		all.AddFlagSet(set)
	}
	return all.Parse(args)
}

// ended distinguishes a component that was told to stop from one that stopped by itself.
func ended(ctx context.Context, component string) error {
	if ctx.Err() != nil {
		return nil
	}
	return errors.New(component + " stopped by itself")
}
