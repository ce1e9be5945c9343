package main

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
)

// Only the API server reaches etcd, through a socket in the cluster's own folder (0700): etcd holds every secret of the
// cluster and asks for no password here.
const etcdClients = "unix://clients.sock:0"
const etcdPeers = "unix://peers.sock:0"

type database struct{ *embed.Etcd }

func startEtcd(dir string) (*database, error) {
	config := embed.NewConfig()
	config.Dir = "etcd"
	config.ListenClientUrls = []url.URL{mustParse(etcdClients)}
	config.ListenPeerUrls = []url.URL{mustParse(etcdPeers)}
	config.EnableGRPCGateway = false
	config.LogLevel = "error"
	config.LogOutputs = []string{"stderr"}
	// Without fsync a killed process loses nothing. A machine that loses power does; create the local cloud again then.
	config.UnsafeNoFsync = true
	// kube-apiserver compacts every five minutes; without this the space is never freed.
	config.AutoCompactionMode = "periodic"
	config.AutoCompactionRetention = "10m"
	config.SnapshotCount = 5000
	config.MaxSnapFiles, config.MaxWalFiles = 1, 1
	etcd, err := embed.StartEtcd(config)
	if err != nil {
		return nil, fmt.Errorf("etcd does not start on its data in %s/etcd: %w", dir, err)
	}
	select {
	case <-etcd.Server.ReadyNotify():
		return &database{etcd}, nil
	case err := <-etcd.Err():
		return nil, fmt.Errorf("etcd stopped while it started: %w", err)
	case <-time.After(30 * time.Second):
		etcd.Close()
		return nil, fmt.Errorf("etcd did not become ready within 30 s on its data in %s/etcd", dir)
	}
}

func (d *database) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-d.Err():
		return fmt.Errorf("etcd stopped: %w", err)
	}
}

func mustParse(text string) url.URL {
	parsed, err := url.Parse(text)
	if err != nil {
		panic(err)
	}
	return *parsed
}
