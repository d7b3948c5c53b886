// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
)

// runEtcd runs a single member. It does not sync to disk, because its data need not survive a crash of the machine.
func runEtcd() {
	dir := flag.String("data-dir", "", "the `directory` of the data")
	client := flag.String("listen-client", "http://127.0.0.1:2379", "the `URL` for clients")
	peer := flag.String("listen-peer", "http://127.0.0.1:2380", "the `URL` for other members, of which there are none")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := etcd(ctx, *dir, *client, *peer)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "etcd:", err)
		os.Exit(1)
	}
}

func etcd(ctx context.Context, dir, client, peer string) error {
	if dir == "" {
		return fmt.Errorf("where is the data to go? Name a directory with -data-dir")
	}
	clientURL, err := url.Parse(client)
	if err != nil {
		return fmt.Errorf("-listen-client: %w", err)
	}
	peerURL, err := url.Parse(peer)
	if err != nil {
		return fmt.Errorf("-listen-peer: %w", err)
	}
	config := embed.NewConfig()
	config.Dir = dir
	config.ListenClientUrls, config.AdvertiseClientUrls = []url.URL{*clientURL}, []url.URL{*clientURL}
	config.ListenPeerUrls, config.AdvertisePeerUrls = []url.URL{*peerURL}, []url.URL{*peerURL}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	config.LogLevel = "warn"
	config.UnsafeNoFsync = true
	server, err := embed.StartEtcd(config)
	if err != nil {
		return fmt.Errorf("start with data in %q: %w", dir, err)
	}
	defer server.Close()
	select {
	case <-server.Server.ReadyNotify():
	case <-time.After(time.Minute):
		return fmt.Errorf("not ready within a minute")
	case <-ctx.Done():
		return nil
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-server.Err():
		return fmt.Errorf("serve clients: %w", err)
	}
}
