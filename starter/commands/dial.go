package commands

import (
	"context"
	"slices"

	"github.com/lowcodex/countersign/connect"
)

// dialEngine connects to the server that the flags and the environment name.
// The codec is the clients' kind: without the key it fails, and shows nothing.
func dialEngine(ctx context.Context, p *program) (engine, error) {
	return connect.Dial(ctx, connect.Options{
		Address:   p.options.address,
		Namespace: p.options.namespace,
		Identity:  "starter",
		Mode:      connect.Client,
		Logger:    p.logger(),
		Env:       p.env,
	})
}

// environment holds variables by name, as the connection's settings read them.
type environment map[string]string

func (e environment) LookupEnv(name string) (string, bool) {
	value, ok := e[name]
	return value, ok
}

func (e environment) Environ() []string {
	all := make([]string, 0, len(e))
	for name, value := range e {
		all = append(all, name+"="+value)
	}
	slices.Sort(all)
	return all
}
