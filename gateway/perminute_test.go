package gateway

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
)

// An account that acts on one subject without end is turned away before the
// subject's history grows; others, other subjects and what may not wait go on.
func TestE15_ActsOfOneAccountOnOneSubjectAreBounded(t *testing.T) {
	at := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	g, _ := unconnected(t, func(c *Config) { c.Now = func() time.Time { return at } })
	in := vote()
	process, no := g.admit(in)
	require.Nil(t, no)
	for range compliance.ActsPerMinute {
		require.False(t, g.crowded(process, in))
	}
	require.True(t, g.crowded(process, in))
	for range refusalsPerMinute { // no engine is there to take the record
		require.True(t, g.door.allow(in.Actor, at))
	}
	reply := g.Submit(t.Context(), in)
	require.Equal(t, compliance.NotRecorded, reply.Outcome)
	require.Equal(t, ReasonTooMany, reply.Reason)
	require.Contains(t, reply.Text, "wait a minute")
	require.EqualValues(t, 1, counted(t, g.registry, "countersign_gateway_refused_total", "surface", ReasonTooMany))
	require.EqualValues(t, 1, counted(t, g.registry, "countersign_gateway_door_records_total", doorLimited), "what is not on record is counted")

	other := in
	other.Actor.ID += "x"
	require.False(t, g.crowded(process, other))
	other = in
	other.Subject += "1"
	require.False(t, g.crowded(process, other))
	at = at.Add(time.Minute)
	require.False(t, g.crowded(process, in), "a minute later")

	page := compliance.Inbound{Actor: in.Actor, Subject: "incident/x", Action: incident.ActionUpdate}
	for range compliance.ActsPerMinute + 1 {
		g.crowded(incidents(), page)
	}
	require.True(t, g.crowded(incidents(), page))
	page.Action = incident.ActionAcknowledge
	require.False(t, g.crowded(incidents(), page), "a page can be acknowledged all the same")
}
