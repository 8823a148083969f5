package tests

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/integrations/httpcall"
	"github.com/lowcodex/countersign/integrations/oidc/oidctest"
	"github.com/lowcodex/countersign/integrations/slack"
	"github.com/lowcodex/countersign/sandbox/standin"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/change"
)

// A change of high risk is decided at two levels by people who signed in with a
// second factor, and by nobody else: not by a click alone, not by a command, not
// with one factor, not with somebody else's sign-in, not with one that is made up.
func TestC18_HighRiskLevelNeedsSignIn(t *testing.T) {
	t.Parallel()
	w := harness.NewWorld(t, harness.WorldOptions{})
	w.Run(app.RoleAll)
	issue := w.Submit("jonas", harness.Ticket(map[string]string{"title": "Open the border API", "risk": "high"}))
	subject := change.WorkflowID(w.Rules.Tickets().Site, issue.ID)
	card := w.Card("Open the border API", harness.Offers("approve"))
	for _, name := range []string{"bruno", "chidi", "dana"} {
		w.Do(name, card, "approve", nil) // the first level asks for no sign-in
	}
	card = w.Card("Open the border API", harness.Says("level 2 of 3 (Security)"))
	require.Contains(t, card.Shown(), "To decide, sign in with a second factor")
	recorded := []string{"received", "submitted", "decided", "decided", "decided"}
	also := func(types ...string) {
		t.Helper()
		recorded = append(recorded, types...)
		require.Equal(t, recorded, w.Records(issue))
	}
	also()

	// A plain vote by the message surface, from a card that does not say what its level needs.
	plain := plainCard(t, w, subject, standingOf(t, w, subject))
	view, err := w.Site.Slack.Press(w.Slack("farah"), plain.Channel, plain.Ref, "approve")
	require.NoError(t, err)
	result, err := w.Site.Slack.Submit(w.Slack("farah"), view, harness.Filled(view, nil))
	require.NoError(t, err)
	require.Contains(t, result.Text, "needs a fresh sign-in with a second factor")
	require.Contains(t, result.Text, "/signin?link=")
	also("refused")
	require.Equal(t, rules.StepUpNeeded, lastAct(t, w, subject).Reason)

	// A command cannot prove anything either, and is told where to go.
	reply := asCommand(t, w, subject, "hana", nil)
	require.Equal(t, compliance.Declined, reply.Outcome)
	require.Equal(t, string(rules.StepUpNeeded), reply.Reason)
	require.Contains(t, reply.Link, w.Gateway+"/signin?link=")
	also("refused")
	// Nor does a sign-in count that somebody with access to the engine made up.
	reply = asCommand(t, w, subject, "hana", &compliance.SignIn{
		At: time.Now(), Methods: []string{"mfa"}, For: compliance.Account{Provider: "cli", ID: "hana"}, Proof: "aGFuYQ",
	})
	require.Equal(t, string(rules.StepUpUnproven), reply.Reason)
	also("refused")
	require.Nil(t, lastAct(t, w, subject).SignedIn, "what is not proven is not on record as if it were")

	// One factor is not enough, and so nothing is even tried.
	link := w.Link("farah", card, "approve")
	weak := w.NewBrowser()
	end := weak.Open(weak.SignIn(link, "farah", oidctest.Password), nil)
	require.Equal(t, http.StatusForbidden, end.Status)
	require.Contains(t, end.Body, "does not prove a second factor")
	also()

	// Somebody else's sign-in is refused, whoever they are, and is on record.
	other := w.NewBrowser()
	end = other.Decide(harness.Decided(other.Form(other.SignIn(link, "hana", oidctest.Second)), nil))
	require.Equal(t, http.StatusForbidden, end.Status)
	require.Contains(t, end.Body, "somebody else than the link was made for")
	also("refused")
	act := lastAct(t, w, subject)
	require.Equal(t, rules.StepUpOtherPerson, act.Reason)
	require.Equal(t, w.Slack("farah"), act.SignedIn.For.ID)
	require.Equal(t, compliance.PersonID("p-hana"), lastActor(t, w, subject))

	// The one the link was made for, with both factors. It is the same link.
	b := w.NewBrowser()
	callback := b.SignIn(link, "farah", oidctest.Second)
	shown := b.Form(callback)
	for _, text := range []string{"Open the border API", issue.Key, "version 1 · "} {
		require.Contains(t, shown.Body, text)
	}
	form := harness.Decided(shown, map[string]string{"comment": "Checked the scopes"})
	end = b.Decide(form)
	require.Equal(t, http.StatusOK, end.Status, end.Body)
	require.Contains(t, end.Body, "your decision is recorded")
	also("decided")
	act = lastAct(t, w, subject)
	require.Equal(t, rules.Approve, act.Verdict)
	require.Equal(t, "web", act.Surface)
	require.Len(t, act.Attested, 3)
	require.Equal(t, card.Channel+"/"+card.TS, act.Message, "the card they pressed")
	require.Equal(t, []string{"pwd", "otp", "mfa"}, act.SignedIn.Methods)
	require.Equal(t, w.Site.Issuer, act.SignedIn.Issuer)
	require.Len(t, act.SignedIn.Session, 32)
	require.WithinDuration(t, time.Now(), act.SignedIn.At, time.Minute)
	require.Equal(t, compliance.Account{Provider: "slack", ID: w.Slack("farah")}, act.SignedIn.For)
	require.Equal(t, compliance.PersonID("p-farah"), lastActor(t, w, subject))

	// Sent again: the post gets its first answer, the callback nothing, and the
	// link a form whose vote is about a level that is over.
	end = b.Decide(form)
	require.Equal(t, http.StatusOK, end.Status)
	require.Contains(t, end.Body, "your decision is recorded")
	require.Equal(t, http.StatusBadRequest, b.Open(callback, nil).Status)
	also()
	again := w.NewBrowser()
	shown = again.Form(again.SignIn(link, "farah", oidctest.Second))
	require.Contains(t, shown.Body, "its level was decided")
	end = again.Decide(harness.Decided(shown, nil))
	require.Equal(t, http.StatusForbidden, end.Status)
	require.Contains(t, end.Body, "The level you opened this for is over")
	also("refused")

	// The last level: a denial would need a sign-in as well; Alice's way leads over a command.
	card = w.Card("Open the border API", harness.Says("level 3 of 3 (Change board)"))
	reply = asCommand(t, w, subject, "alice", nil)
	also("refused")
	alice := w.NewBrowser()
	end = alice.Decide(harness.Decided(alice.Form(alice.SignIn(reply.Link, "alice", oidctest.Second)), nil))
	require.Contains(t, end.Body, "your decision is recorded")
	also("decided")
	require.Equal(t, compliance.Account{Provider: "cli", ID: "alice"}, lastAct(t, w, subject).SignedIn.For)
	farah := w.NewBrowser()
	deny := w.Link("farah", card, "deny")
	shown = farah.Form(farah.SignIn(deny, "farah", oidctest.Second))
	require.Contains(t, shown.Body, "Why do you deny it?")
	end = farah.Decide(harness.Decided(shown, map[string]string{"reason": " "}))
	require.Equal(t, http.StatusUnprocessableEntity, end.Status)
	require.Contains(t, end.Body, "An answer is missing")
	also("refused")
	end = farah.Decide(harness.Decided(shown, map[string]string{"reason": "No rollback of the scopes"}))
	require.Contains(t, end.Body, "your decision is recorded")
	also("decided", "rejected")
	w.Status(issue.Key, "rejected")
	w.Card("Open the border API", harness.Says("No rollback of the scopes"))

	for _, name := range []string{"gateway", "starter"} {
		require.NotContains(t, w.Log.String(), "link=", name)
	}
	require.NotContains(t, w.Log.String(), standin.OIDCClientSecret)
	w.RecordHistory(subject, "signed-in")
	require.Empty(t, w.Verify().Findings)
}

func standingOf(t *testing.T, w *harness.World, subject string) change.Standing {
	t.Helper()
	var s change.Standing
	answer, err := w.Client.QueryWorkflow(t.Context(), subject, "", change.QueryStanding)
	require.NoError(t, err)
	require.NoError(t, answer.Get(&s))
	return s
}

// plainCard posts a card of our own app whose buttons do not say that their act
// needs a sign-in, as one from before the policy demanded it.
func plainCard(t *testing.T, w *harness.World, subject string, s change.Standing) compliance.Posted {
	t.Helper()
	c, err := slack.New(slack.Config{APIURL: w.Site.SlackURL, BotToken: standin.SlackToken, HTTP: httpcall.Config{Limits: map[string]httpcall.Limit{}}})
	require.NoError(t, err)
	at, err := c.Post(t.Context(), w.Channel("security"), compliance.Card{
		Subject: subject, Key: "plain", Title: "An older card", Status: "In review",
		Actions: []compliance.Action{{Name: "approve", Label: "Approve…", Ref: s.Ref}},
	}, nil, false)
	require.NoError(t, err)
	return at
}

// asCommand approves as the command line does, with whatever sign-in it claims.
func asCommand(t *testing.T, w *harness.World, subject, name string, claimed *compliance.SignIn) compliance.Reply {
	t.Helper()
	in := compliance.Inbound{
		Delivery: "cli/" + strings.ToLower(t.Name()) + time.Now().String(), Surface: "cli", Actor: compliance.Account{Provider: "cli", ID: name},
		Subject: subject, Action: "approve", Ref: standingOf(t, w, subject).Ref, Received: time.Now().UTC(), SignIn: claimed,
	}
	for _, a := range rules.Attestations() {
		in.Answers = append(in.Answers, compliance.Answer{Name: a.Name, Value: rules.Yes, Shown: a.Text})
	}
	handle, err := w.Client.UpdateWorkflow(t.Context(), client.UpdateWorkflowOptions{
		WorkflowID: subject, UpdateID: in.Delivery, UpdateName: change.UpdateDecide, Args: []any{in}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	require.NoError(t, err)
	var reply compliance.Reply
	require.NoError(t, handle.Get(t.Context(), &reply))
	return reply
}

func lastRecord(t *testing.T, w *harness.World, subject string) evidence.Record {
	t.Helper()
	entries, err := w.Reader().Records(t.Context(), subject)
	require.NoError(t, err)
	return entries[len(entries)-1].Record
}

func lastAct(t *testing.T, w *harness.World, subject string) rules.ActFacts {
	t.Helper()
	var facts rules.ActFacts
	require.NoError(t, json.Unmarshal(lastRecord(t, w, subject).Facts, &facts))
	return facts
}

func lastActor(t *testing.T, w *harness.World, subject string) compliance.PersonID {
	t.Helper()
	return compliance.PersonID(lastRecord(t, w, subject).Actor.Person)
}
