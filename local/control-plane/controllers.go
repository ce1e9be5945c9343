package main

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/kubernetes/cmd/kube-controller-manager/app"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app/options"
)

// The controllers that workloads and drains need. Left out: what needs a cloud (volumes, load balancers, routes),
// bootstrap tokens, metrics.
var controllers = []string{
	"serviceaccount-token-controller",
	"serviceaccount-controller",
	"root-ca-certificate-publisher-controller",
	"namespace-controller",
	"garbage-collector-controller",
	"pod-garbage-collector-controller",
	"resourcequota-controller",
	"clusterrole-aggregation-controller",
	"deployment-controller",
	"replicaset-controller",
	"replicationcontroller-controller",
	"statefulset-controller",
	"daemonset-controller",
	"job-controller",
	"cronjob-controller",
	"ttl-after-finished-controller",
	"disruption-controller",
	"endpoints-controller",
	"endpointslice-controller",
	"node-lifecycle-controller",
	"taint-eviction-controller",
	"validatingadmissionpolicy-status-controller",
}

// Kubelets here send no heartbeats: only the fleet makes a node unready, never silence.
const silenceAllowed = "87600h"

// controllerManagerOptions must run before the options of the API server are made: it changes the default of a feature
// gate, which is refused once any component of the process has made its flags.
func controllerManagerOptions(s *settings, c *credentials) (*options.KubeControllerManagerOptions, error) {
	o, err := options.NewKubeControllerManagerOptions()
	if err != nil {
		return nil, fmt.Errorf("kube-controller-manager: %w", err)
	}
	args := []string{
		"--kubeconfig=" + c.controllerManager,
		"--authentication-kubeconfig=" + c.controllerManager,
		"--authorization-kubeconfig=" + c.controllerManager,
		"--secure-port=0",
		"--leader-elect=false",
		"--profiling=false",
		"--use-service-account-credentials=true",
		"--service-account-private-key-file=" + s.signingKey,
		"--root-ca-file=" + s.caBundle,
		"--controllers=" + strings.Join(controllers, ","),
		"--node-monitor-grace-period=" + silenceAllowed,
		"--node-startup-grace-period=" + silenceAllowed,
		"--kube-api-qps=200",
		"--kube-api-burst=400",
	}
	flags := o.Flags(app.KnownControllers(), app.ControllersDisabledByDefault(), app.ControllerAliases())
	if err := parseFlags(flags, args); err != nil {
		return nil, fmt.Errorf("kube-controller-manager: %w", err)
	}
	return o, nil
}

func runControllerManager(ctx context.Context, o *options.KubeControllerManagerOptions) error {
	config, err := o.Config(ctx, app.KnownControllers(), app.ControllersDisabledByDefault(), app.ControllerAliases())
	if err != nil {
		return fmt.Errorf("kube-controller-manager: %w", err)
	}
	if err := app.Run(ctx, config.Complete()); err != nil {
		return fmt.Errorf("kube-controller-manager: %w", err)
	}
	return ended(ctx, "kube-controller-manager")
}
