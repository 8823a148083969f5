package commands

import (
	"context"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
)

// dialEngine connects to the server that the flags and the environment name.
func dialEngine(ctx context.Context, p *program) (engine, error) {
	options, err := envconfig.LoadClientOptions(envconfig.LoadClientOptionsRequest{})
	if err != nil {
		return nil, usage("the connection's settings cannot be read: "+err.Error(), "check the TEMPORAL_* environment and the profile file")
	}
	if p.options.address != "" {
		options.HostPort = p.options.address
	}
	if p.options.namespace != "" {
		options.Namespace = p.options.namespace
	}
	options.Logger = p.logger()
	return client.DialContext(ctx, options)
}
