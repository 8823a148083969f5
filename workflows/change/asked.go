package change

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// asked notes that an account had a part in asking for this change.
func (s *State) asked(a compliance.Account, as rules.Reason) {
	s.Asked = rules.Joined(s.Asked, rules.Asker{Account: a, As: as})
}

// askedBefore adds those who asked in an earlier run of this change, which an
// operator ended: only the record knows them.
func (c *process) askedBefore(ctx workflow.Context) error {
	before, err := desk.Outlast(ctx, c.Desk, desk.AtEvidence, func(bool) (steps.AskedBefore, error) {
		return steps.WhoAskedBefore(ctx, steps.AskedBeforeInput{Subject: c.Self})
	})
	if err != nil {
		return err
	}
	for _, a := range before.Asked {
		c.s.Asked = rules.Joined(c.s.Asked, a)
	}
	return nil
}

// named notes whom the ticket names as its reporter now: they do not become the
// requester of the version under review, and decide on none any more.
func (c *process) named(r steps.ChangeReading) {
	if r.Snapshot.Requester != c.s.Version.Snapshot.Requester {
		c.s.asked(r.Snapshot.Requester, rules.IsRequester)
	}
}

// askersDecide looks who stands behind those that joined since the people of the
// version were resolved. Where one of them was to decide on it, or did, it is
// reviewed anew without them; over reports that it was replaced.
func (c *process) askersDecide(ctx workflow.Context, r steps.ChangeReading) (over bool, err error) {
	v, asked := &c.s.Version, 0
	resolved, err := desk.Outlast(ctx, c.Desk, desk.AtRules, func(bool) (steps.ResolvedRoute, error) {
		asked = len(c.s.Asked)
		return steps.ResolveRoute(ctx, steps.ResolveRouteInput{Snapshot: v.Snapshot, Chain: c.s.Chain, Asked: c.s.Asked})
	})
	if err != nil {
		return false, err
	}
	v.Resolved = asked
	if !rules.AskerDecidesOn(v.Route, v.Votes, resolved.Route.AskedBy) {
		return false, nil
	}
	return true, c.replace(ctx, r, rules.AskerDecides, nil)
}

// askedFact says who else may not decide because they asked; false when nobody.
func askedFact(v Version) (compliance.Fact, bool) {
	f := compliance.Fact{Label: "Also excluded", Text: "for creating or submitting the ticket, or requesting an earlier version:"}
	for _, a := range v.Route.AskedBy {
		f.People = append(f.People, a.Person)
	}
	return f, len(f.People) > 0
}
