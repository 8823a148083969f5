package oidc_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/checkup"
	"github.com/lowcodex/countersign/integrations/oidc"
)

func TestCheckupReadsTheDiscoveryDocument(t *testing.T) {
	_, issuer, client := stand(t, nil)
	checks := client.Checkup(t.Context())
	require.Equal(t, []string{"provider", "clock", "application"}, items(checks))
	require.Equal(t, checkup.OK, checks[0].Result, "%+v", checks[0])
	require.Equal(t, checkup.OK, checks[1].Result)
	require.Equal(t, checkup.Unseen, checks[2].Reason)
	require.Contains(t, checks[2].Mend, callback)

	slash := connect(t, issuer+"/", nil).Checkup(t.Context())
	require.Equal(t, checkup.Different, slash[0].Reason, "%+v", slash[0])
	require.Contains(t, slash[0].Mend, "last slash")
	require.Equal(t, checkup.ElsewhereAPI, connect(t, issuer+"/else", nil).Checkup(t.Context())[0].Reason)
	require.Equal(t, checkup.Unreachable, connect(t, "http://127.0.0.1:1", nil).Checkup(t.Context())[0].Reason)
	late := connect(t, issuer, func(c *oidc.Config) { c.Now = func() time.Time { return time.Now().Add(2 * time.Minute) } })
	require.Equal(t, checkup.ClockSkew, late.Checkup(t.Context())[1].Reason)
}

func items(checks []checkup.Check) (out []string) {
	for _, c := range checks {
		out = append(out, c.Item)
	}
	return out
}
