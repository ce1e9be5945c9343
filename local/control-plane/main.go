// Control-plane is the Kubernetes control plane of one cluster of the local cloud: etcd, kube-apiserver,
// kube-controller-manager and kube-scheduler, all of them the real ones, in one process.
//
// It starts with the certificate authority and service-account keys that kOps has written to the state store, so that
// kOps's credentials are valid here. When the API answers, it prints one line of JSON,
//
//	{"server":"https://127.0.0.1:40443"}
//
// It ends on SIGTERM, on SIGINT, and when its standard input closes, that is with the process that started it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// How long components may take to stop. The API server would wait a minute for its watches to drain. Ending sooner
// loses nothing: the kernel has what etcd has acknowledged.
const stopGrace = 500 * time.Millisecond

// Half of Go's default: saves 40 MB per cluster for little more work, where many clusters share one machine.
const garbagePercent = 50

// What a start may allocate before garbage collection begins. Most of it stays, and scanning it repeatedly took a
// quarter of the CPU time of a start.
const startBytes = 256 << 20

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(-1)
		debug.SetMemoryLimit(startBytes)
	}
	settings, err := parseSettings(os.Args[1:])
	if err == nil {
		err = run(settings)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "control-plane: %v\n", err)
		os.Exit(1)
	}
}

func run(settings *settings) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	go func() {
		// Nothing is ever written to it: the read returns when the parent has ended, however it ended.
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	go func() {
		<-ctx.Done()
		time.Sleep(stopGrace)
		os.Exit(0)
	}()

	listener, err := listen(settings.port)
	if err != nil {
		return err
	}
	server := "https://" + listener.Addr().String()
	credentials, err := issueCredentials(settings, server)
	if err != nil {
		return err
	}
	database, err := startEtcd(settings.dir)
	if err != nil {
		return err
	}
	defer database.Close()

	controllers, err := controllerManagerOptions(settings, credentials)
	if err != nil {
		return err
	}
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error { return runAPIServer(running, settings, credentials, listener) })
	group.Go(func() error { return database.wait(running) })
	group.Go(func() error {
		if err := waitReady(running, credentials.admin); err != nil {
			return err
		}
		group.Go(func() error { return runControllerManager(running, controllers) })
		group.Go(func() error { return runScheduler(running, credentials) })
		if os.Getenv("GOGC") == "" {
			debug.SetGCPercent(garbagePercent)
			debug.SetMemoryLimit(math.MaxInt64)
		}
		return json.NewEncoder(os.Stdout).Encode(map[string]string{"server": server})
	})
	if err := group.Wait(); ctx.Err() == nil {
		return err
	}
	return nil
}
