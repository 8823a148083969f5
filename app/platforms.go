package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/contrib/envconfig"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/integrations/advisories"
	"github.com/lowcodex/countersign/integrations/httpcall"
	"github.com/lowcodex/countersign/integrations/nodered"
	"github.com/lowcodex/countersign/integrations/osv"
)

// PlatformAddress is where one target of the policy is reached. The policy names
// it by a reference, such as ORDERS_PRODUCTION, so that neither addresses nor
// credentials stand in it or in any record.
type PlatformAddress struct {
	URL      string // PLATFORM_<REF>_URL: base of the platform's administration
	ServedAt string // PLATFORM_<REF>_SERVED_AT: base of what it serves, when that is another; optional
	Token    string // PLATFORM_<REF>_TOKEN: its bearer token; empty where it wants none
}

const (
	platformPrefix = "PLATFORM_"
	suffixURL      = "_URL"
	suffixServed   = "_SERVED_AT"
	suffixToken    = "_TOKEN"
)

// platformTargets reads the address of every target that the environment names,
// by its reference. Which of them are used is the policy's matter. The errors
// name every variable that is wrong, and no value.
func platformTargets(env envconfig.EnvLookup) (map[string]PlatformAddress, []error) {
	targets := map[string]PlatformAddress{}
	var errs []error
	for _, line := range slices.Sorted(slices.Values(env.Environ())) { // errors in the same order each time
		name, _, _ := strings.Cut(line, "=")
		variable := strings.TrimSuffix(name, "_FILE")
		ref, known := platformReference(variable)
		if !known {
			continue
		}
		value, err := valueOrFile(env, variable)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		a := targets[ref]
		switch strings.TrimPrefix(variable, platformPrefix+ref) {
		case suffixURL:
			a.URL = value
		case suffixServed:
			a.ServedAt = value
		case suffixToken:
			a.Token = value
		}
		targets[ref] = a
	}
	for _, ref := range slices.Sorted(maps.Keys(targets)) {
		if targets[ref].URL == "" {
			errs = append(errs, fmt.Errorf("%s%s%s is not set, and other variables of this target are: give the platform's address, or remove them", platformPrefix, ref, suffixURL))
		}
	}
	return targets, errs
}

// platformReference gives the reference in a variable's name.
func platformReference(variable string) (string, bool) {
	rest, ours := strings.CutPrefix(variable, platformPrefix)
	for _, suffix := range []string{suffixURL, suffixServed, suffixToken} {
		if ref, ok := strings.CutSuffix(rest, suffix); ours && ok && ref != "" {
			return ref, true
		}
	}
	return "", false
}

// valueOrFile is the value of a variable, or the content of the file that its
// twin with the suffix _FILE names.
func valueOrFile(env envconfig.EnvLookup, name string) (string, error) {
	value, _ := env.LookupEnv(name)
	path, _ := env.LookupEnv(name + "_FILE")
	switch {
	case path == "":
		return strings.TrimSpace(value), nil
	case value != "":
		return "", fmt.Errorf("%s and %s_FILE are both set: set only one", name, name)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("%s_FILE cannot be read: %w", name, err)
	}
	return strings.TrimSpace(string(b)), nil
}

// nodeRed builds the adapter of Node-RED for every configured address. A target
// of another kind is never reached through it: the policy says of what kind it is.
func (a *App) nodeRed() (*nodered.Client, error) {
	cfg := nodered.Config{Addresses: map[string]nodered.Address{}, HTTP: a.calls(), Logger: a.log.With("vendor", nodered.Kind)}
	for ref, at := range a.cfg.Platforms {
		cfg.Addresses[ref] = nodered.Address{URL: at.URL, CallURL: at.ServedAt, Token: at.Token}
	}
	return nodered.New(cfg)
}

// buildPlatforms serves what is done on platforms, and the reading of feeds. It
// returns the vendors to check at the start.
func (a *App) buildPlatforms(ctx context.Context, blobs *evidence.Blobs) (map[string]check, error) {
	red, err := a.nodeRed()
	if err != nil {
		return nil, err
	}
	w, err := a.worker(ctx, compliance.QueuePlatforms)
	if err != nil {
		return nil, err
	}
	w.RegisterActivity(&activities.Platforms{Kinds: map[string]activities.Platform{nodered.Kind: red}, Blobs: blobs, Now: time.Now})
	serveCheckup(w, map[string]activities.SelfCheck{nodered.Kind: a.lookAtTargets(red)})
	calls := a.calls()
	calls.Correlation = nil // publishers are strangers: they learn nothing of what happens here
	feeds := advisories.New(advisories.Config{HTTP: calls, Logger: a.log.With("vendor", advisories.Provider)})
	if w, err = a.worker(ctx, compliance.QueueFeeds); err != nil {
		return nil, err
	}
	w.RegisterActivity(&activities.Feeds{Source: feeds, Blobs: blobs, Now: time.Now})
	published := map[string]activities.SelfCheck{advisories.Provider: advisories.Checkup{Client: feeds, Feeds: a.feedsNow}}
	known := &activities.Vulnerabilities{Blobs: blobs}
	if a.cfg.OSVURL != "" {
		database, err := a.vulnerabilities(calls)
		if err != nil {
			return nil, err
		}
		known.Source, published[osv.Provider] = database, database
	}
	w.RegisterActivity(known)
	serveCheckup(w, published)
	return map[string]check{nodered.Kind: red}, nil
}

// vulnerabilities builds the client of the database of vulnerabilities.
func (a *App) vulnerabilities(calls httpcall.Config) (*osv.Client, error) {
	calls.Limits = a.cfg.limits(osv.DefaultLimits())
	return osv.New(osv.Config{URL: a.cfg.OSVURL, HTTP: calls, Logger: a.log.With("vendor", osv.Provider)})
}

// checkPlatforms says at once what is wrong with the addresses.
func (c Config) checkPlatforms() error {
	cfg := nodered.Config{Addresses: map[string]nodered.Address{}}
	for ref, at := range c.Platforms {
		if at.URL == "" {
			continue // said where it was read
		}
		cfg.Addresses[ref] = nodered.Address{URL: at.URL, CallURL: at.ServedAt, Token: at.Token}
	}
	if err := cfg.Check(); err != nil {
		return errors.Join(errors.New("the address of a platform (PLATFORM_<REF>_URL, PLATFORM_<REF>_SERVED_AT, PLATFORM_<REF>_TOKEN) cannot be used"), err)
	}
	return nil
}
