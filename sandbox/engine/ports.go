package engine

import (
	"fmt"
	"net"
	"strconv"

	"go.temporal.io/server/common/testing/freeport"
)

// ports are the listening ports of one server. The internal services have no
// use for anybody outside and always listen on the loopback interface.
type ports struct {
	frontend, http, ui, metrics int
	history, matching, worker   int
}

// choosePorts completes the ports the configuration leaves open and checks the
// given ones: the server itself would end the whole process at a port in use.
func choosePorts(c Config) (ports, error) {
	p := ports{frontend: c.Port, http: c.HTTPPort, ui: c.UIPort, metrics: c.MetricsPort}
	given := []struct {
		name string
		port *int
		free int // the value that asks for a free port
	}{
		{"frontend", &p.frontend, 0},
		{"HTTP API", &p.http, 0},
		{"UI", &p.ui, AnyPort},
		{"metrics", &p.metrics, AnyPort},
	}
	for _, g := range given {
		switch {
		case *g.port == g.free:
			*g.port = freeport.MustGetFreePort()
		case *g.port == 0:
		default:
			if err := available(c.IP, *g.port); err != nil {
				return p, fmt.Errorf("engine: %s port: %w", g.name, err)
			}
		}
	}
	p.history = freeport.MustGetFreePort()
	p.matching = freeport.MustGetFreePort()
	p.worker = freeport.MustGetFreePort()
	return p, nil
}

func available(ip string, port int) error {
	l, err := net.Listen("tcp", join(ip, port))
	if err != nil {
		return fmt.Errorf("%w; choose another port or end the program that has it", err)
	}
	return l.Close()
}

func join(ip string, port int) string { return net.JoinHostPort(ip, strconv.Itoa(port)) }

// reachable is the address a program on this machine uses for a listener on ip.
func reachable(ip string) string {
	parsed := net.ParseIP(ip)
	switch {
	case !parsed.IsUnspecified():
		return ip
	case parsed.To4() != nil:
		return defaultIP
	default:
		return "::1"
	}
}
