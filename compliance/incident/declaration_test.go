package incident_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
)

// What somebody pastes at night is never too long to page anybody: the title is
// its first line, and nothing of the rest is lost before what was seen is full.
func TestI1_ADeclarationIsNeverTooLong(t *testing.T) {
	long := strings.Repeat("ä", 200)
	for name, c := range map[string]struct{ title, seen, wantTitle, wantSeen string }{
		"as it should be":        {"Orders stop", "status 500", "Orders stop", "status 500"},
		"a long title":           {long, "status 500", strings.Repeat("ä", 149) + "…", long + "\n\nstatus 500"},
		"a title of two lines":   {"Orders stop\r\nsince nine", "", "Orders stop", "Orders stop\nsince nine"},
		"hardly a first line":    {"!!\nOrders stop", "", "!! Orders stop", "!!\nOrders stop"},
		"a log that was pasted":  {"Orders stop", strings.Repeat("x", 2001), "Orders stop", strings.Repeat("x", 1999) + "…"},
		"both, and much of both": {strings.Repeat("y", 3000), "z", strings.Repeat("y", 149) + "…", strings.Repeat("y", 1999) + "…"},
	} {
		d, reason, field := incident.ParseDeclare(compliance.Inbound{Action: incident.ActionDeclare, Answers: []compliance.Answer{
			{Name: incident.FieldTitle, Value: c.title}, {Name: incident.FieldSystem, Value: "billing"},
			{Name: incident.FieldSeverity, Value: "sev1"}, {Name: incident.FieldSeen, Value: c.seen},
		}})
		require.Equal(t, incident.OK, reason, "%s: %s", name, field)
		require.Equal(t, c.wantTitle, d.Title, name)
		require.Equal(t, c.wantSeen, d.Seen, name)
	}
}
