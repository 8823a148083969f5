package compliance_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
)

func TestAddressesInside(t *testing.T) {
	for address, inside := range map[string]bool{
		"https://publisher.example/kev.json": false, "https://8.8.8.8/kev.json": false, "https://[2001:4860::1]/kev.json": false, "https://localhost.example/x": false,
		"https://127.0.0.1/x": true, "https://127.9.9.9:8443/x": true, "https://[::1]/x": true, "https://10.1.2.3/x": true, "https://192.168.0.1/x": true, "https://0.0.0.0/x": true,
		"https://169.254.169.254/x": true, "https://[fe80::1]/x": true, "https://[fd00::1]/x": true, "https://LOCALHOST./x": true, "https://db.localhost/x": true,
		"/var/lib/mirror/kev.json": true, "https://[": false,
	} {
		require.Equal(t, inside, compliance.Inside(address), address)
	}
}
