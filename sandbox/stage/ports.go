package stage

import (
	"errors"
	"fmt"
	"net"
	"strconv"
)

const loopback = "127.0.0.1"

func address(port int) string { return net.JoinHostPort(loopback, strconv.Itoa(port)) }

// bind takes the ports of the pages and the gateway, which then hold whoever
// calls until somebody answers, and checks the others, so that every port in
// use is named at once.
func (s *Stage) bind() error {
	p := s.cfg.Ports
	var errs []error
	take := func(port int, what, flag string) net.Listener {
		if port < 0 || port > 65535 {
			errs = append(errs, fmt.Errorf("%s %d: a port is a number from 1 to 65535, or 0 for a free one", flag, port))
			return nil
		}
		l, err := net.Listen("tcp", address(port))
		if err != nil {
			errs = append(errs, fmt.Errorf("port %d, for %s, cannot be used (%w): end the program that has it, "+
				"perhaps another sandbox, or choose another port with %s (0 takes any)", port, what, reason(err), flag))
			return nil
		}
		return l
	}
	s.pagesAt = take(p.Pages, "the pages", "--port")
	s.gatewayAt = take(p.Gateway, "the gateway", "--gateway-port")
	for _, probe := range []struct {
		port       int
		what, flag string
	}{
		{p.Slack, "the stand-in for Slack", "--slack-port"},
		{p.Jira, "the stand-in for Jira", "--jira-port"},
		{p.OIDC, "the stand-in for the identity provider", "--oidc-port"},
		{p.Temporal, "Temporal", "--temporal-port"},
		{p.UI, "Temporal's web interface", "--ui-port"},
	} {
		if probe.port == 0 {
			continue
		}
		if l := take(probe.port, probe.what, probe.flag); l != nil {
			errs = append(errs, l.Close())
		}
	}
	if err := errors.Join(errs...); err != nil {
		for _, l := range []net.Listener{s.pagesAt, s.gatewayAt} {
			if l != nil {
				_ = l.Close() // nobody has used it
			}
		}
		return err
	}
	return nil
}

// reason is the system's own word for why it refused, without the call's details.
func reason(err error) error {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Err
	}
	return err
}
