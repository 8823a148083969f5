package gateway

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
)

func TestActsThatNoProcessCouldRead(t *testing.T) {
	long := strings.Repeat("x", maxAct+1)
	for name, c := range map[string]struct {
		damage func(*compliance.Inbound)
		reason string
	}{
		"no subject":             {func(in *compliance.Inbound) { in.Subject = "" }, ReasonUnknownSubject},
		"unknown kind":           {func(in *compliance.Inbound) { in.Subject = "recipe/example/1" }, ReasonUnknownSubject},
		"prefix in the middle":   {func(in *compliance.Inbound) { in.Subject = "x/change/example/1" }, ReasonUnknownSubject},
		"prefix alone":           {func(in *compliance.Inbound) { in.Subject = "change/" }, ReasonMalformed},
		"empty element":          {func(in *compliance.Inbound) { in.Subject = "change//1" }, ReasonMalformed},
		"walks up":               {func(in *compliance.Inbound) { in.Subject = "change/../record/1" }, ReasonMalformed},
		"space in it":            {func(in *compliance.Inbound) { in.Subject = "change/example/1 OR 1" }, ReasonMalformed},
		"line break in it":       {func(in *compliance.Inbound) { in.Subject = "change/example/1\n2" }, ReasonMalformed},
		"letters beyond ASCII":   {func(in *compliance.Inbound) { in.Subject = "change/exämple/1" }, ReasonMalformed},
		"subject too long":       {func(in *compliance.Inbound) { in.Subject = "change/example/" + long[:300] }, ReasonMalformed},
		"no action":              {func(in *compliance.Inbound) { in.Action = "" }, ReasonUnknownAction},
		"unknown action":         {func(in *compliance.Inbound) { in.Action = "approve-all" }, ReasonUnknownAction},
		"action in capitals":     {func(in *compliance.Inbound) { in.Action = "Approve" }, ReasonUnknownAction},
		"no delivery":            {func(in *compliance.Inbound) { in.Delivery = "" }, ReasonMalformed},
		"delivery too long":      {func(in *compliance.Inbound) { in.Delivery = long[:1001] }, ReasonMalformed},
		"nobody acted":           {func(in *compliance.Inbound) { in.Actor = compliance.Account{} }, ReasonMalformed},
		"account without id":     {func(in *compliance.Inbound) { in.Actor.ID = "" }, ReasonMalformed},
		"no surface":             {func(in *compliance.Inbound) { in.Surface = "" }, ReasonMalformed},
		"binding too long":       {func(in *compliance.Inbound) { in.Ref = long[:501] }, ReasonMalformed},
		"text that is not UTF-8": {func(in *compliance.Inbound) { in.Answers = []compliance.Answer{{Name: "reason", Value: "\xff"}} }, ReasonMalformed},
		"huge answer":            {func(in *compliance.Inbound) { in.Answers = []compliance.Answer{{Name: "reason", Value: long}} }, ReasonTooLarge},
		"too many answers":       {func(in *compliance.Inbound) { in.Answers = make([]compliance.Answer, 65) }, ReasonTooLarge},
		"huge message":           {func(in *compliance.Inbound) { in.Message = long }, ReasonTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // each waits for an engine that does not answer
			g, log := unconnected(t, nil)
			in := vote()
			c.damage(&in)
			began := time.Now()
			reply := g.Submit(t.Context(), in)
			require.Equal(t, compliance.NotRecorded, reply.Outcome)
			require.Equal(t, c.reason, reply.Reason)
			require.True(t, strings.HasPrefix(reply.Text, "Nothing was recorded"), reply.Text)
			require.Less(t, time.Since(began), refusalWithin+time.Second, "the record does not hold up the answer")

			_, reply, ok := g.Form(t.Context(), in)
			require.False(t, ok)
			require.Equal(t, c.reason, reply.Reason)
			vendor := in.Surface
			if vendor == "" {
				vendor = "other"
			}
			require.EqualValues(t, 2, counted(t, g.registry, "countersign_gateway_refused_total", vendor, c.reason))
			require.EqualValues(t, 2, counted(t, g.registry, "countersign_gateway_door_records_total", doorUnreachable))
			require.NotContains(t, log.String(), long[:300], "what was sent stays out of the log")
		})
	}
}

// C15: with no engine, the person is told in time that nothing was recorded.
func TestC15EngineDownIsNotRecorded(t *testing.T) {
	g, _ := unconnected(t, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 2600*time.Millisecond)
	defer cancel()
	reply := g.Submit(ctx, vote())
	require.NoError(t, ctx.Err(), "the answer comes before the surface gives up")
	require.Equal(t, compliance.NotRecorded, reply.Outcome)
	require.Equal(t, ReasonUnreachable, reply.Reason)
	require.Contains(t, reply.Text, "Nothing was recorded")
	require.Contains(t, reply.Text, "try again")
	require.EqualValues(t, 1, counted(t, g.registry, "countersign_gateway_refused_total", "surface", ReasonUnreachable))
	require.Zero(t, counted(t, g.registry, "countersign_gateway_durable_seconds"))
}

// A form opens although the engine is down: what is sent with it is judged later.
func TestFormOpensWithoutTheEngine(t *testing.T) {
	g, _ := unconnected(t, nil)
	for _, action := range []string{"approve", "deny", "abstain", "start", "finish", "withdraw"} {
		in := vote()
		in.Action = action
		form, _, ok := g.Form(t.Context(), in)
		require.True(t, ok, action)
		require.Equal(t, action, form.Action)
	}
}

func TestDeliverRefusesAndReports(t *testing.T) {
	g, _ := unconnected(t, nil)
	good := compliance.TicketEvent{Delivery: "d1", Site: "example", TicketID: "10042", Key: "OPS-12"}
	for name, damage := range map[string]func(*compliance.TicketEvent){
		"no site":         func(e *compliance.TicketEvent) { e.Site = "" },
		"no ticket":       func(e *compliance.TicketEvent) { e.TicketID = "" },
		"no delivery":     func(e *compliance.TicketEvent) { e.Delivery = "" },
		"id with a break": func(e *compliance.TicketEvent) { e.TicketID = "1\n2" },
		"id too long":     func(e *compliance.TicketEvent) { e.TicketID = strings.Repeat("1", 300) },
	} {
		ev := good
		damage(&ev)
		require.Equal(t, compliance.Invalid, compliance.ClassOf(g.Deliver(t.Context(), ev)), name)
	}
	for _, entered := range []bool{false, true, true} {
		good.Entered = entered
		err := g.Deliver(t.Context(), good)
		require.Equal(t, compliance.Unavailable, compliance.ClassOf(err), "a failure is never remembered as delivered")
	}
	require.EqualValues(t, 3, counted(t, g.registry, "countersign_gateway_ticket_events_total", ticketFailed))
	require.EqualValues(t, 5, counted(t, g.registry, "countersign_gateway_ticket_events_total", ticketMalformed))
}

// C16: the update id is the delivery, or a digest of it; different deliveries never meet.
func TestC16UpdateIDKeepsDeliveriesApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		delivery := rapid.StringN(1, -1, maxDeliver)
		a, b := delivery.Draw(t, "a"), delivery.Draw(t, "b")
		require.LessOrEqual(t, len(updateID(a)), maxUpdateID)
		require.Equal(t, a == b, updateID(a) == updateID(b))
		require.Equal(t, a == b, digest(a) == digest(b))
	})
}

func TestLabelsAreBounded(t *testing.T) {
	require.Equal(t, "stale-signature", label("stale-signature"))
	for _, s := range []string{"", "Bad Thing", "user U123 said x", strings.Repeat("a", 41), "a\"b"} {
		require.Equal(t, "other", label(s))
	}
}

// The budget keeps a margin before the caller's deadline and outlives its cancellation.
func TestBudget(t *testing.T) {
	caller, cancel := context.WithTimeout(t.Context(), 2600*time.Millisecond)
	ctx, stop := withBudget(caller)
	defer stop()
	cancel()
	require.NoError(t, ctx.Err())
	callers, _ := caller.Deadline()
	ours, ok := ctx.Deadline()
	require.True(t, ok)
	require.Equal(t, answerMargin, callers.Sub(ours))

	ctx, stop = withBudget(t.Context())
	defer stop()
	require.InDelta(t, defaultBudget.Seconds(), left(ctx).Seconds(), 0.2)
	require.Less(t, acceptWithin+signalWithin+answerMargin, defaultBudget)
}

// Whoever acts reads the instants of an answer by their own clock, and people by their
// names; somebody whose zone nobody knows reads UTC.
func TestReply_IsByTheReadersClock(t *testing.T) {
	at := time.Date(2026, 11, 25, 12, 6, 0, 0, time.UTC)
	kolkata, err := time.LoadLocation("Asia/Kolkata")
	require.NoError(t, err)
	reply := compliance.Reply{
		Outcome: compliance.Declined, Text: "p-alice acknowledged at " + compliance.SpokenClock(at) + ".",
		People: []compliance.PersonID{"p-alice"}, Times: []time.Time{at},
	}
	stranger, farah := compliance.Account{Provider: "slack", ID: "U99"}, compliance.Account{Provider: "slack", ID: "U06FARAH"}
	g, _ := unconnected(t, func(c *Config) {
		c.Name = func(compliance.PersonID) string { return "Alice Moreau" }
		c.Zone = func(a compliance.Account) *time.Location {
			if a == farah {
				return kolkata
			}
			return nil
		}
	})
	require.Equal(t, "Alice Moreau acknowledged at 17:36 IST.", g.told(reply, farah).Text)
	require.Equal(t, "Alice Moreau acknowledged at 12:06 UTC.", g.told(reply, stranger).Text)
	plain, _ := unconnected(t, nil)
	require.Equal(t, reply.Text, plain.told(reply, farah).Text)
}
