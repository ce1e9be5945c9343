package main

import (
	"context"
	"fmt"

	"k8s.io/kubernetes/cmd/kube-scheduler/app"
	"k8s.io/kubernetes/cmd/kube-scheduler/app/options"
)

func runScheduler(ctx context.Context, c *credentials) error {
	o := options.NewOptions()
	args := []string{
		"--kubeconfig=" + c.scheduler,
		"--authentication-kubeconfig=" + c.scheduler,
		"--authorization-kubeconfig=" + c.scheduler,
		"--secure-port=0",
		"--leader-elect=false",
		"--profiling=false",
	}
	if err := parseFlags(*o.Flags, args); err != nil {
		return fmt.Errorf("kube-scheduler: %w", err)
	}
	config, scheduler, err := app.Setup(ctx, o)
	if err != nil {
		return fmt.Errorf("kube-scheduler: %w", err)
	}
	if err := app.Run(ctx, config, scheduler); err != nil && ctx.Err() == nil {
		return fmt.Errorf("kube-scheduler: %w", err)
	}
	return ended(ctx, "kube-scheduler")
}
