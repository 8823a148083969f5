package activities

import (
	"context"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/policy"
)

// ResolveActor says who an account belongs to in the live directory, and what
// they may do. It does not touch the log: whoever acknowledges at night is
// answered while the log is down (G3).
func (r *Rules) ResolveActor(ctx context.Context, in ResolveActorInput) (ResolvedActor, error) {
	dir, err := People{r.Source}.directory(ctx)
	if err != nil {
		return ResolvedActor{}, translate(err)
	}
	person, known := theOne(dir, in.Account)
	return actorOf(dir, person, known, in.Approvers, in.Closers, in.At), nil
}

// actorOf is a person as the rules of an incident judge them.
func actorOf(dir *policy.Directory, person compliance.Person, known bool, approvers, closers []string, at time.Time) ResolvedActor {
	out := ResolvedActor{Actor: incident.Actor{Person: person.ID}, Directory: dir.Version}
	switch {
	case !known:
		out.Reason = incident.UnknownPerson
	case !person.ActiveAt(at):
		out.Reason = incident.Inactive
	default:
		out.Approves, out.Closes = member(dir, person.ID, approvers), member(dir, person.ID, closers)
	}
	return out
}

func member(dir *policy.Directory, p compliance.PersonID, groups []string) bool {
	for _, m := range dir.Members(groups) {
		if m.Person.ID == p {
			return true
		}
	}
	return false
}
