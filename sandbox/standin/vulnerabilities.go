package standin

import (
	"net"

	"github.com/lowcodex/countersign/integrations/osv/osvtest"
)

// startVulnerabilities starts a database that knows of one vulnerability, a real
// one: whoever brings along a lodash before 4.17.21 hears of it.
func (s *Site) startVulnerabilities() error {
	var err error
	if s.Vulnerabilities, err = osvtest.New(); err != nil {
		return err
	}
	s.closers = append(s.closers, func() error {
		s.Vulnerabilities.Close()
		return nil
	})
	s.Vulnerabilities.Publish(osvtest.Vulnerability{
		ID: "GHSA-35jh-r3h4-6jhm", Aliases: []string{"CVE-2021-23337"}, Summary: "Command Injection in lodash", Package: "pkg:npm/lodash", Fixed: "4.17.21",
		Vectors: []string{"CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H"}, Said: "HIGH",
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.serve(l, s.Vulnerabilities)
	s.vulnerabilitiesURL = "http://" + l.Addr().String()
	return nil
}
