package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"

	"github.com/lowcodex/countersign/connect"
	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/sandbox/standin"
)

// world is a deployment on this machine: the engine, the product's processes
// and bare workers each as a program of its own, and the stand-ins for the
// vendors in this process behind real HTTP.
type world struct {
	programs
	dir     string
	address string // of the engine's frontend
	rules   *policy.Rules
	people  map[string]string // short name → account at the message surface
	site    *standin.Site
	board   *board
	engine  client.Client
	gateway string // base URL
	http    *http.Client
	env     map[string]string // of the product's processes

	patience  time.Duration // left for waiting until other programs are quiet
	processes []*process
	closers   []func() error
}

// deployment varies a world.
type deployment struct {
	codec    bool          // payloads are encrypted on both sides
	patience time.Duration // for waiting until other programs are quiet
	// policy edits the example policy, which tracks no artefact here: what vendors
	// owe is tracked by processes of its own, which would be measured, too.
	policy func(dir string) error
	env    map[string]string // added to the configuration of the product's processes
}

// open starts everything.
func open(ctx context.Context, p programs, d deployment) (_ *world, err error) {
	w := &world{programs: p, patience: d.patience, board: newBoard(), http: &http.Client{
		Timeout:   10 * time.Second,
		Transport: &http.Transport{MaxIdleConnsPerHost: 256},
	}}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	if w.dir, err = os.MkdirTemp("", "countersign-bench-"); err != nil {
		return nil, err
	}
	w.closers = append(w.closers, func() error { return os.RemoveAll(w.dir) })
	env, err := w.outside(d.policy)
	if err != nil {
		return nil, err
	}
	if err := w.startEngine(ctx); err != nil {
		return nil, err
	}
	env["TEMPORAL_ADDRESS"], env["TEMPORAL_NAMESPACE"] = w.address, "default"
	maps.Copy(env, d.env)
	if d.codec {
		key := make([]byte, 32)
		if _, err := rand.Read(key); err != nil {
			return nil, err
		}
		env[connect.EnvKeys] = "bench:" + base64.StdEncoding.EncodeToString(key)
	}
	if w.engine, err = dialBare(ctx, func(name string) (string, bool) { v, ok := env[name]; return v, ok }, connect.Client); err != nil {
		return nil, err
	}
	w.closers = append(w.closers, func() error { w.engine.Close(); return nil })
	w.env = env
	return w, w.startProduct(ctx)
}

// outside writes the example policy and starts the stand-ins, and returns the
// configuration of the product's processes.
func (w *world) outside(edit func(dir string) error) (map[string]string, error) {
	dir := func(name string) string { return filepath.Join(w.dir, name) }
	if err := policy.WriteExample(dir("policy")); err != nil {
		return nil, err
	}
	if err := os.Remove(filepath.Join(dir("policy"), "rules", "artefacts.yaml")); err != nil {
		return nil, err
	}
	if edit != nil {
		if err := edit(dir("policy")); err != nil {
			return nil, err
		}
	}
	rules, directory, err := policy.Load(dir("policy"))
	if err != nil {
		return nil, err
	}
	w.rules, w.people = rules, map[string]string{}
	for _, p := range directory.People() {
		w.people[p.Accounts["cli"]] = p.Accounts["slack"]
	}
	// Without a folder the stand-ins keep their state in memory.
	if w.site, err = standin.Start(standin.Options{Rules: rules, Directory: directory, Logger: slog.New(slog.DiscardHandler)}); err != nil {
		return nil, err
	}
	w.closers = append(w.closers, w.site.Close)
	cards, err := w.listenForCards()
	if err != nil {
		return nil, err
	}
	listen, err := freeAddress()
	if err != nil {
		return nil, err
	}
	w.gateway = "http://" + listen
	w.site.Connect(w.gateway)
	for _, name := range []string{"evidence", "anchors", "home"} {
		if err := os.Mkdir(dir(name), 0o700); err != nil {
			return nil, err
		}
	}
	env := map[string]string{
		"HOME": dir("home"), "COUNTERSIGN_POLICY": dir("policy"), "COUNTERSIGN_EVIDENCE": dir("evidence"),
		"COUNTERSIGN_EVIDENCE_ANCHORS": dir("anchors"), "COUNTERSIGN_LISTEN": listen, "COUNTERSIGN_VENDOR_LIMITS": "off",
	}
	maps.Copy(env, w.site.Environment())
	env["SLACK_API_URL"] = cards
	return env, nil
}

// usages is what each process, this one included, has used so far.
func (w *world) usages() map[string]usage {
	out := map[string]usage{"bench": usageOf(os.Getpid())}
	for _, p := range w.processes {
		out[p.name] = p.usage()
	}
	return out
}

func (w *world) outputs() string {
	var b strings.Builder
	for _, p := range w.processes {
		fmt.Fprintf(&b, "--- %s\n%s\n", p.name, p.errors)
	}
	return b.String()
}

// close ends every process by its id, last first, and removes what they wrote.
func (w *world) close() error {
	var errs []error
	for _, p := range slices.Backward(w.processes) {
		errs = append(errs, p.stop())
	}
	w.processes = nil
	for _, f := range slices.Backward(w.closers) {
		errs = append(errs, f())
	}
	w.closers = nil
	return errors.Join(errs...)
}

// dialBare connects with nothing of the product but its codec.
func dialBare(ctx context.Context, lookup func(string) (string, bool), mode connect.Mode) (client.Client, error) {
	keys, err := connect.KeyRingFrom(lookup)
	if err != nil {
		return nil, err
	}
	address, _ := lookup("TEMPORAL_ADDRESS")
	namespace, _ := lookup("TEMPORAL_NAMESPACE")
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	return client.DialContext(ctx, client.Options{
		HostPort: address, Namespace: namespace, DataConverter: connect.NewDataConverter(keys, mode),
		Logger: sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
}

// freeAddress is a loopback address nobody listens on now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
