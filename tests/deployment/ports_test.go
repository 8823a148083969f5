package deployment

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// ports are free ones of the loopback interface by what they are for.
type ports map[string]string

// serverPorts are the variables by which the server is told its ports.
var serverPorts = []string{
	"FRONTEND_GRPC_PORT", "FRONTEND_HTTP_PORT", "FRONTEND_MEMBERSHIP_PORT", "HISTORY_GRPC_PORT", "HISTORY_MEMBERSHIP_PORT",
	"MATCHING_GRPC_PORT", "MATCHING_MEMBERSHIP_PORT", "WORKER_GRPC_PORT", "WORKER_MEMBERSHIP_PORT",
}

// freePorts looks below 32768: the server keeps its ports in PostgreSQL, in
// columns of type int2, and ends at its start with a higher one.
func freePorts(t *testing.T) ports {
	t.Helper()
	p, wanted := ports{}, append([]string{"gateway", "metrics", "worker", "evidence"}, serverPorts...)
	for range 1000 {
		if len(p) == len(wanted) {
			return p
		}
		port := strconv.Itoa(10000 + rand.IntN(22000))
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
		if err != nil {
			continue // somebody has it
		}
		defer l.Close() // only at the end, or two would get the same
		p[wanted[len(p)]] = port
	}
	require.FailNow(t, "no free ports")
	return nil
}

func (p ports) at(name string) string { return net.JoinHostPort("127.0.0.1", p[name]) }

func (p ports) server() map[string]string {
	env := map[string]string{}
	for _, name := range serverPorts {
		env[name] = p[name]
	}
	return env
}
