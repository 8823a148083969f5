package commands

import (
	"context"
	"slices"
	"time"

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

// withEngine runs do with a connection to the server and closes it.
func (p *program) withEngine(ctx context.Context, do func(engine) error) error {
	dialCtx, cancel := context.WithTimeout(ctx, p.options.timeout)
	defer cancel()
	e, err := p.dial(dialCtx, p)
	if err != nil {
		return err
	}
	defer e.Close()
	return do(e)
}

// bounded is a part of the command's time budget.
func (p *program) bounded(ctx context.Context, longest time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, min(longest, p.options.timeout))
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
