// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

// maxMessage is the size of messages that the kubelet accepts.
const maxMessage = 16 << 20

// proxyCommand stands between the kubelet and the runtime: it forwards all calls as they are, and records them.
func proxyCommand(args []string) error {
	flags := flag.NewFlagSet("proxy", flag.ExitOnError)
	listen := flags.String("listen", "", "the socket for the kubelet")
	runtime := flags.String("runtime", "", "the socket of the runtime")
	path := flags.String("log", "", "the log of events")
	_ = flags.Parse(args)

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	return serveProxy(ctx, *listen, *runtime, *path)
}

func serveProxy(ctx context.Context, listen, runtime, path string) error {
	log, err := createLog(path)
	if err != nil {
		return err
	}
	conn, err := dialRuntime(runtime)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = os.Remove(listen)
	listener, err := net.Listen("unix", listen)
	if err != nil {
		return fmt.Errorf("listen for the kubelet: %w", err)
	}
	peers := &knownPeers{Listener: listener, log: log, open: map[int]int{}, called: map[int]bool{}}
	p := &proxy{conn: conn, recorder: newRecorder(log, conn), peers: peers}
	server := grpc.NewServer(grpc.ForceServerCodec(rawCodec{}), grpc.UnknownServiceHandler(p.forward),
		grpc.MaxRecvMsgSize(maxMessage), grpc.MaxSendMsgSize(maxMessage))
	context.AfterFunc(ctx, server.Stop)
	return server.Serve(peers)
}

func dialRuntime(socket string) (*grpc.ClientConn, error) {
	conn, err := grpc.NewClient("unix://"+strings.TrimPrefix(socket, "unix://"),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithConnectParams(grpc.ConnectParams{
			// The runtime comes back at any time.
			Backoff: backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1.6, MaxDelay: 500 * time.Millisecond},
		}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage)))
	if err != nil {
		return nil, fmt.Errorf("reach the runtime: %w", err)
	}
	return conn, nil
}

type proxy struct {
	conn     *grpc.ClientConn
	recorder *recorder
	peers    *knownPeers
}

// forward serves one call. All calls of the runtime's interface have one request.
func (p *proxy) forward(_ any, kubelet grpc.ServerStream) error {
	ctx := kubelet.Context()
	method, _ := grpc.MethodFromServerStream(kubelet)
	var request rawMessage
	if err := kubelet.RecvMsg(&request); err != nil {
		return err
	}
	if sent, ok := metadata.FromIncomingContext(ctx); ok {
		ctx = metadata.NewOutgoingContext(ctx, sent)
	}
	p.peers.calls(pidOf(ctx))
	call := p.recorder.begin(pidOf(ctx), method[strings.LastIndexByte(method, '/')+1:], request)
	err := p.exchange(ctx, method, &request, kubelet, call)
	if err != nil && ctx.Err() != nil {
		// The kubelet does not wait for the answer.
		err = status.FromContextError(ctx.Err()).Err()
	}
	call.end(err)
	return err
}

func (p *proxy) exchange(ctx context.Context, method string, request *rawMessage, kubelet grpc.ServerStream, call *call) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	runtime, err := p.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, method, grpc.ForceCodec(rawCodec{}))
	if err != nil {
		return err
	}
	if err := runtime.SendMsg(request); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err := runtime.CloseSend(); err != nil {
		return err
	}
	for {
		var answer rawMessage
		if err := runtime.RecvMsg(&answer); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		call.answer(answer)
		if err := kubelet.SendMsg(&answer); err != nil {
			return err
		}
	}
}

// rawMessage is a message that nobody has decoded.
type rawMessage []byte

type rawCodec struct{}

func (rawCodec) Name() string { return "proto" }

func (rawCodec) Marshal(v any) ([]byte, error) { return *v.(*rawMessage), nil }

func (rawCodec) Unmarshal(data []byte, v any) error {
	*v.(*rawMessage) = append([]byte(nil), data...)
	return nil
}

// knownPeers knows the processes that connect. It records a process as a kubelet from its first call to the end of its last
// connection.
type knownPeers struct {
	net.Listener
	log  *eventLog
	lock sync.Mutex
	// open counts a process's connections, called has those that have made a call.
	open   map[int]int
	called map[int]bool
}

func (l *knownPeers) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	pid := 0
	if raw, err := conn.(*net.UnixConn).SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) {
			if peer, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
				pid = int(peer.Pid)
			}
		})
	}
	l.count(pid, 1)
	return &knownConn{Conn: conn, pid: pid, closed: sync.OnceFunc(func() { l.count(pid, -1) })}, nil
}

func (l *knownPeers) count(pid, change int) {
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.open[pid] += change; l.open[pid] == 0 && l.called[pid] {
		delete(l.called, pid)
		l.log.add(Event{Kind: kubeletDies, Process: pid})
	}
}

func (l *knownPeers) calls(pid int) {
	l.lock.Lock()
	defer l.lock.Unlock()
	if !l.called[pid] {
		l.called[pid] = true
		l.log.add(Event{Kind: kubeletBegins, Process: pid})
	}
}

type knownConn struct {
	net.Conn
	pid    int
	closed func()
}

func (c *knownConn) Close() error {
	c.closed()
	return c.Conn.Close()
}

func (c *knownConn) RemoteAddr() net.Addr { return pidAddr(c.pid) }

type pidAddr int

func (pidAddr) Network() string  { return "unix" }
func (p pidAddr) String() string { return strconv.Itoa(int(p)) }

func pidOf(ctx context.Context) int {
	if from, ok := peer.FromContext(ctx); ok {
		if pid, ok := from.Addr.(pidAddr); ok {
			return int(pid)
		}
	}
	return 0
}
