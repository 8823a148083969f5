package change

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// Whoever moves a ticket over and over, which a program may do without end, is
// answered so often in one version, and all together so often.
const (
	answersEach = 3
	answersAll  = 30
)

// mover is who moved the ticket into the status, as the latest of the events says;
// nobody when none does.
func mover(hints []compliance.TicketEvent, status string) compliance.Account {
	for i := len(hints) - 1; i >= 0; i-- {
		if hints[i].MovedTo == status && !hints[i].Actor.IsZero() {
			return hints[i].Actor
		}
	}
	return compliance.Account{}
}

// claimed puts on record who moved the ticket by hand. A move that says what only
// the approvers can say is a claim (C22): whoever may decide is called to the card's
// form, whoever may not is told why.
func (c *process) claimed(ctx workflow.Context, status string, by compliance.Account) ([]compliance.Fact, error) {
	v := &c.s.Version
	c.s.Sequence++
	ask := steps.JudgeClaimInput{
		Head: c.head(), Account: by, Key: rules.VersionKey(c.Owner(), v.N, fmt.Sprint("drift/", c.s.Sequence)), Now: workflow.Now(ctx),
		Facts: rules.MovedFacts{Version: v.N, From: c.s.Expected, Detail: "the ticket was moved by hand to " + status},
	}
	if l, open := v.level(); open && decided(status) {
		l.Excluded, l.Delegations = nil, nil
		ask.Open, ask.Level, ask.Votes = &l, v.Level, v.Votes
		ask.Requester, ask.Implementer, ask.Asked = v.Route.Requester, v.Route.Implementer, c.s.Asked
	}
	j, err := desk.Outlast(ctx, c.Desk, desk.AtEvidence, func(bool) (steps.JudgedClaim, error) { return steps.JudgeClaim(ctx, ask) })
	if err != nil {
		return nil, err
	}
	c.s.Index = j.Index
	if ask.Open == nil || !v.answer(by) {
		return nil, nil
	}
	if j.Reason != rules.OK {
		return refusedClaim(j), nil
	}
	text := "moving the ticket to " + status + " decides nothing. To decide, press a button of this card and fill in its form."
	if ask.Open.StepUp {
		text += " The button gives you a link to sign in with a second factor."
	}
	c.calls(fmt.Sprint("claim/", c.s.Sequence), text, []compliance.PersonID{j.Person})
	return c.calledClaim(ctx, j.Person, ask.Open.StepUp), nil
}

// answer notes that an account is answered, false when it was often enough.
func (v *Version) answer(by compliance.Account) bool {
	n := 0
	for _, a := range v.Answered {
		if a == by {
			n++
		}
	}
	if n >= answersEach || len(v.Answered) >= answersAll {
		return false
	}
	v.Answered = append(v.Answered, by)
	return true
}

// decided reports whether a status says that the approvers have decided.
func decided(status string) bool {
	switch status {
	case statusApproved, statusWaiting, statusExecuting, statusRejected, string(rules.Verifying), string(rules.Closed), string(rules.Failed), string(rules.RolledBack):
		return true
	}
	return false
}

// calledClaim tells somebody who may decide how, in the ticket that they moved.
func (c *process) calledClaim(ctx workflow.Context, by compliance.PersonID, stepUp bool) []compliance.Fact {
	how := "Moving the ticket decides nothing. Your decision counts when you give it in the form of the change's card."
	if stepUp {
		how += " Its button gives you a link to sign in with a second factor."
	}
	facts := []compliance.Fact{{Text: how, People: []compliance.PersonID{by}}}
	if c.s.Posted == nil {
		return facts
	}
	// One try: others wait for their turn, and the words do without it.
	if link, err := steps.LinkCard(ctx, *c.s.Posted); err == nil && link.URL != "" {
		facts = append(facts, compliance.Fact{Label: "The card", Text: link.URL})
	}
	return facts
}

// refusedClaim tells somebody who may not decide why.
func refusedClaim(j steps.JudgedClaim) []compliance.Fact {
	f := compliance.Fact{Text: "Moving the ticket decides nothing. " + j.Reason.Text()}
	if j.Person != "" {
		f.People = []compliance.PersonID{j.Person}
	}
	return []compliance.Fact{f}
}
