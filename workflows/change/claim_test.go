package change_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/tests/processtest"
)

// comments are what the ticket was told, a text each.
func (w *world) comments() []string {
	w.tracker.mu.Lock()
	defer w.tracker.mu.Unlock()
	var out []string
	for _, s := range w.tracker.steps {
		out = append(out, facts(s.Comment))
	}
	return out
}

// An approver who moves the ticket to approved has decided nothing, and is called to
// the form that does, in the card's thread and in the ticket, with a link to the card.
// Who may not decide is told why. Who moved it is on record (C22).
func TestC22_WhoeverMovesTheTicketIsToldWhatDecides(t *testing.T) {
	w := newWorld(t)
	w.At(time.Minute, func() { w.move("acc-chidi", "approved") })
	w.At(2*time.Minute, func() {
		require.True(t, w.Surface.Called("p-chidi", "decides nothing"))
		told := w.comments()[len(w.comments())-1]
		require.Contains(t, told, "moved to approved by hand")
		require.Contains(t, told, "form of the change's card")
		require.Contains(t, told, "https://chat.example/")
		require.Equal(t, "in_review", w.tracker.ticket.Status)
		require.Empty(t, w.standing().Votes)
		w.move("acc-jonas", "rejected")
	})
	w.At(3*time.Minute, func() {
		require.Contains(t, w.comments()[len(w.comments())-1], rules.IsRequester.Text())
		require.Len(t, calls(w, "decides nothing"), 1, "nobody is called who may not decide")
		w.move("acc-nobody", "executing")
	})
	w.At(4*time.Minute, func() {
		require.Contains(t, w.comments()[len(w.comments())-1], rules.UnknownPerson.Text())
		w.approve("chidi", w.counted())
	})
	w.At(5*time.Minute, func() { w.move("acc-chidi", "approved") })
	w.At(6*time.Minute, func() {
		require.Contains(t, w.comments()[len(w.comments())-1], rules.AlreadyRecorded.Text())
		w.move("acc-bruno", "Backlog") // claims nothing that approvers decide
	})
	w.At(7*time.Minute, func() {
		require.NotContains(t, w.comments()[len(w.comments())-1], "decides nothing")
		w.withdraw()
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "drift", "drift", "drift", "decided", "drift", "drift", "withdrawn"}, w.records())
	moved := processtest.Facts[rules.MovedFacts](w.World, subject, rules.EventDrift)
	require.Equal(t, []compliance.PersonID{"p-chidi", "p-jonas", "", "p-chidi", "p-bruno"},
		[]compliance.PersonID{moved[0].By, moved[1].By, moved[2].By, moved[3].By, moved[4].By})
	require.Equal(t, []rules.Reason{rules.OK, rules.IsRequester, rules.UnknownPerson, rules.AlreadyRecorded, rules.OK},
		[]rules.Reason{moved[0].Reason, moved[1].Reason, moved[2].Reason, moved[3].Reason, moved[4].Reason})
	require.Equal(t, "acc-nobody", w.Entries(subject)[4].Record.Actor.Account.ID)
	evidencetest.Check(t, w.Log)
}

// Whoever moves the ticket over and over is answered three times; every move is set
// back and on record, and the state does not grow with them (C22).
func TestC22_NobodyIsAnsweredWithoutEnd(t *testing.T) {
	w := newWorld(t)
	for n := range 8 {
		w.At(time.Duration(n+1)*time.Minute, func() { w.move("acc-chidi", "approved") })
	}
	w.At(time.Hour, w.withdraw)
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Len(t, processtest.Facts[rules.MovedFacts](w.World, subject, rules.EventDrift), 8)
	require.Len(t, calls(w, "decides nothing"), 3)
	require.Equal(t, "withdrawn", w.tracker.ticket.Status)
}

// Where a level needs a sign-in, the call says that the card's button leads to it: the
// link is private and would be nobody else's in a thread or a ticket (C18, C22).
func TestC22_AtALevelWithASignIn(t *testing.T) {
	w := newWorld(t)
	w.Rewrite("rules/chains.yaml", "        groups: [platform-owners]\n        quorum: 2\n", "        groups: [platform-owners]\n        step_up: true\n        quorum: 2\n")
	w.At(time.Minute, func() { w.move("acc-chidi", "approved") })
	w.At(2*time.Minute, func() {
		require.True(t, w.Surface.Called("p-chidi", "second factor"))
		require.Contains(t, w.comments()[len(w.comments())-1], "second factor")
		w.withdraw()
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
}
