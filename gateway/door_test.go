package gateway

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
)

// A client that is stuck puts 20 refusals a minute on record and no more;
// others are not held back by it.
func TestE15_RefusalsOfOneAccountAreBounded(t *testing.T) {
	limits, err := newDoorLimits()
	require.NoError(t, err)
	at := time.Date(2026, 11, 25, 21, 0, 0, 0, time.UTC)
	stuck := compliance.Account{Provider: "surface", ID: "U1"}
	allowed := 0
	for i := range 600 { // one every 100 ms
		if limits.allow(stuck, at.Add(time.Duration(i)*100*time.Millisecond)) {
			allowed++
		}
	}
	require.Equal(t, refusalsPerMinute+19, allowed, "a burst and what the minute refills")
	require.True(t, limits.allow(compliance.Account{Provider: "surface", ID: "U2"}, at.Add(time.Minute)))
	require.True(t, limits.allow(stuck, at.Add(2*time.Minute)))

	for i := range 100 { // inventing long names opens no way around it
		require.Equal(t, i < refusalsPerMinute, limits.allow(compliance.Account{ID: strings.Repeat("x", 300+i)}, at))
	}
	for i := range maxDoorAccounts + 10 {
		limits.allow(compliance.Account{Provider: "surface", ID: strconv.Itoa(i)}, at)
	}
	require.Equal(t, maxDoorAccounts, limits.kept.Len(), "memory is bounded")
}

// What is over the limit is told the truth, at once, and counted.
func TestE15_OverTheLimitNothingIsRecorded(t *testing.T) {
	at := time.Date(2026, 11, 25, 21, 0, 0, 0, time.UTC)
	g, log := unconnected(t, func(c *Config) { c.Now = func() time.Time { return at } })
	in := vote()
	in.Action = "approve-all"
	for range refusalsPerMinute {
		require.True(t, g.door.allow(in.Actor, at))
	}
	began := time.Now()
	reply := g.Submit(t.Context(), in)
	require.Less(t, time.Since(began), refusalWithin/2, "the engine is not asked")
	require.Equal(t, compliance.NotRecorded, reply.Outcome)
	require.True(t, strings.HasPrefix(reply.Text, "Nothing was recorded"), reply.Text)
	require.EqualValues(t, 1, counted(t, g.registry, "countersign_gateway_door_records_total", doorLimited))
	require.EqualValues(t, 1, counted(t, g.registry, "countersign_gateway_refused_total", "surface", ReasonUnknownAction))
	require.Contains(t, log.String(), `"record":"limited"`)
}
