// Package connect is how every program of Countersign reaches Temporal: the
// address and credentials from the usual TEMPORAL_* settings, the encryption of
// everything the processes carry, their search attributes, and the correlation
// id that ties a webhook's delivery to the log lines it causes.
package connect

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/grpc"
)

const (
	// EnvKeys holds the encryption keys, EnvKeysFile the name of a file with them.
	EnvKeys     = "COUNTERSIGN_ENCRYPTION_KEYS"
	EnvKeysFile = EnvKeys + "_FILE"

	defaultAddress   = "127.0.0.1:7233"
	defaultNamespace = "default"
	firstAnswer      = 10 * time.Second // one attempt
	retryPause       = 500 * time.Millisecond
)

// Options say how to connect; the zero value takes everything from the
// environment and, failing that, from a Temporal on this machine.
type Options struct {
	// Address is host:port; empty takes TEMPORAL_ADDRESS, then the profile
	// (TEMPORAL_PROFILE) of the Temporal configuration file, then 127.0.0.1:7233.
	Address string
	// Namespace, with the same precedence over TEMPORAL_NAMESPACE; finally "default".
	Namespace string
	// Identity names this program in histories and task queues; empty lets the
	// SDK take process id and host.
	Identity string
	// Mode is Client or Worker; see there. One program that is both dials twice.
	Mode Mode
	// Keys encrypt and decrypt; nil takes COUNTERSIGN_ENCRYPTION_KEYS.
	Keys *KeyRing
	// Wait is how long to go on trying while the server cannot be reached or the
	// namespace does not exist yet; 0 fails at the first attempt.
	Wait time.Duration
	// Logger is used by the client and its workers; nil discards.
	Logger *slog.Logger
	// Metrics receives the SDK's metrics; nil discards.
	Metrics client.MetricsHandler
	// Interceptors are added after the one that puts the correlation id into
	// log lines. Those that are also worker interceptors apply to its workers.
	Interceptors []interceptor.ClientInterceptor
	// DialOptions are added to those of the gRPC connection.
	DialOptions []grpc.DialOption
	// Env looks up environment variables; nil is the process's environment.
	Env envconfig.EnvLookup
}

// Dial returns a client that has reached the server and found its namespace.
// The caller closes it. Errors name the setting to correct.
func Dial(ctx context.Context, o Options) (client.Client, error) {
	options, err := o.client()
	if err != nil {
		return nil, err
	}
	deadline := time.Now().Add(o.Wait)
	tick := time.NewTicker(retryPause)
	defer tick.Stop()
	for {
		c, err := dialOnce(ctx, options)
		if err == nil {
			return c, nil
		}
		if !mayPass(err) || !time.Now().Before(deadline) {
			return nil, explain(err, options)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, explain(errors.Join(ctx.Err(), err), options)
		}
	}
}

// client turns the options into the SDK's.
func (o Options) client() (client.Options, error) {
	env := o.Env
	if env == nil {
		env = envconfig.EnvLookupOS
	}
	options, err := envconfig.LoadClientOptions(envconfig.LoadClientOptionsRequest{EnvLookup: env})
	if err != nil {
		return options, fmt.Errorf("settings for Temporal (TEMPORAL_* variables, or the file TEMPORAL_CONFIG_FILE names): %w", err)
	}
	keys := o.Keys
	if keys == nil {
		if keys, err = KeyRingFrom(env.LookupEnv); err != nil {
			return options, err
		}
	}
	options.HostPort = first(o.Address, options.HostPort, defaultAddress)
	options.Namespace = first(o.Namespace, options.Namespace, defaultNamespace)
	options.Identity = o.Identity
	options.MetricsHandler = o.Metrics
	options.Logger = log.NewStructuredLogger(o.logger())
	options.DataConverter = NewDataConverter(keys, o.Mode)
	options.FailureConverter = NewFailureConverter(keys, o.Mode)
	options.ContextPropagators = []workflow.ContextPropagator{Correlation()}
	options.Interceptors = append([]interceptor.ClientInterceptor{&correlationLogs{}}, o.Interceptors...)
	options.ConnectionOptions.DialOptions = slices.Concat(options.ConnectionOptions.DialOptions, comeBack(), o.DialOptions)
	return options, nil
}

func (o Options) logger() *slog.Logger {
	if o.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return o.Logger
}

// dialOnce also asks for the namespace: otherwise a misspelt one shows only as
// a worker that never gets a task.
func dialOnce(ctx context.Context, options client.Options) (client.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, firstAnswer)
	defer cancel()
	c, err := client.DialContext(ctx, options)
	if err != nil {
		return nil, err
	}
	_, err = c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: options.Namespace})
	var denied *serviceerror.PermissionDenied
	if err != nil && !errors.As(err, &denied) { // a role may work in a namespace without describing it
		c.Close()
		return nil, err
	}
	return c, nil
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
