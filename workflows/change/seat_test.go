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

// Whose seat it is may object to what a deputy approved in it: at once, while the level
// is open, and after it. The record, the card and the thread name both and the
// delegation. Their own vote takes the deputy's place at no time: whoever of the two
// came first has decided (C9, C24).
func TestC24_WhoseSeatItIsObjects(t *testing.T) {
	w := newWorld(t)
	w.away(saturday.Add(-time.Hour), saturday.Add(90*time.Hour))
	w.At(time.Minute, func() {
		require.NotContains(t, w.Surface.Buttons(), rules.ActionObject)
		w.approve("hana", counted(t))
	})
	w.At(2*time.Minute, func() {
		require.Contains(t, w.Surface.Buttons(), rules.ActionObject)
		w.act("chidi", rules.ActionDeny, because("I see it otherwise"), refused(t, rules.Represented))
		w.act("hana", rules.ActionObject, because("I was wrong"), refused(t, rules.LevelOpen))
		w.act("emeka", rules.ActionObject, because("Nor do I"), refused(t, rules.NotApprover))
	})
	w.At(2*time.Minute+time.Second, func() { w.act("chidi", rules.ActionObject, because("Not in my name"), counted(t)) })
	w.At(3*time.Minute, func() {
		require.Equal(t, rules.Objected, w.standing().Reason)
		require.True(t, shows(w, "Objected (Not in my name):"))
		require.True(t, shows(w, "The approval that it is about was given by"))
		require.True(t, w.Surface.Called("p-hana", "is on hold: Not in my name"))
		w.approve("bruno", refused(t, rules.OnHold))
		w.act("chidi", rules.ActionResume, nil, counted(t))
	})
	w.At(4*time.Minute, func() { w.approve("bruno", counted(t)) })
	w.At(5*time.Minute, func() {
		require.Equal(t, 2, w.standing().Level)
		w.act("chidi", rules.ActionObject, because("I read it once more"), counted(t))
	})
	w.At(6*time.Minute, func() { w.act("jonas", rules.ActionResume, nil, counted(t)) })
	w.At(7*time.Minute, func() {
		require.Equal(t, 2, w.standing().Version, "everybody decides anew")
		w.act("chidi", rules.ActionDeny, because("Not this"), counted(t))
	})
	w.At(8*time.Minute, w.withdraw)
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{
		"received", "submitted", "decided", "refused", "refused", "refused", "objected", "refused", "resumed", "decided", "objected", "resumed", "voided", "submitted",
		"decided", "rejected", "withdrawn",
	}, w.records())
	for _, e := range w.Entries(subject) {
		if e.Record.Type == rules.EventObjected {
			require.Equal(t, "p-chidi", e.Record.Actor.Person)
		}
	}
	objected := processtest.Facts[rules.ActFacts](w.World, subject, rules.EventObjected)
	given := w.Entries(subject)[2]
	for _, f := range objected {
		require.NotNil(t, f.Objects)
		require.Equal(t, compliance.PersonID("p-hana"), f.Objects.Person)
		require.Equal(t, compliance.PersonID("p-chidi"), f.Objects.For)
		require.Equal(t, "leave", f.Objects.Delegation)
		require.Equal(t, 1, f.Objects.Level)
		require.Equal(t, given.Index, f.Objects.Index)
	}
	evidencetest.Check(t, w.Log)
}

// A deputy may object to what they approved in another's place; the record says in
// whose (C24).
func TestC24_TheDeputyObjects(t *testing.T) {
	w := newWorld(t)
	w.away(saturday.Add(-time.Hour), saturday.Add(90*time.Hour))
	w.At(time.Minute, func() { w.approve("hana", counted(t)) })
	w.At(2*time.Minute, func() { w.approve("bruno", counted(t)) })
	w.At(3*time.Minute, func() { w.act("hana", rules.ActionObject, because("I read it once more"), counted(t)) })
	w.At(4*time.Minute, func() {
		require.True(t, w.Surface.Called("p-chidi", "is on hold: I read it once more"), "whose seat it is")
		w.withdraw()
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	f := processtest.Facts[rules.ActFacts](w.World, subject, rules.EventObjected)[0]
	require.Equal(t, compliance.PersonID("p-chidi"), f.Objects.For)
}
