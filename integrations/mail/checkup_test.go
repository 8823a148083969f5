package mail_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/checkup"
	"github.com/lowcodex/countersign/integrations/mail/mailtest"
)

func TestCheckupLogsInAndSendsNothing(t *testing.T) {
	login := mailtest.Options{User: user, Password: password}
	s := newStand(t, login)
	checks := s.client.Checkup(t.Context())
	require.Len(t, checks, 2)
	for _, c := range checks {
		require.Equal(t, checkup.OK, c.Result, "%+v", c)
	}
	require.Empty(t, s.Mails())

	wrong := connect(t, s, s.URL(), "another-password-0123456789").Checkup(t.Context())
	require.Equal(t, checkup.Refused, wrong[0].Reason, "%+v", wrong[0])
	require.Contains(t, wrong[0].Mend, "SMTP_PASSWORD")
	require.NotContains(t, wrong[0].Detail, "another-password")

	s = newStand(t, mailtest.Options{Refused: []string{"pager@countersign.example"}})
	refused := s.client.Checkup(t.Context())
	require.Equal(t, checkup.OK, refused[0].Result)
	require.Equal(t, checkup.Refused, refused[1].Reason, "%+v", refused[1])
	require.Contains(t, refused[1].Mend, "SMTP_FROM")

	none := connect(t, s, "smtp://127.0.0.1:1?tls=none", "").Checkup(t.Context())
	require.Equal(t, checkup.Unreachable, none[0].Reason)
}
