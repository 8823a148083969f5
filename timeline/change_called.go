package timeline

import (
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/compliance/change"
)

// called tells whom an open level called while it waited.
func (t teller) called(kind string, f change.CalledFacts) (string, []string) {
	var details []string
	add := func(format string, args ...any) { details = append(details, fmt.Sprintf(format, args...)) }
	for _, d := range f.Delegations {
		add("%s", t.delegated(d))
	}
	if kind != change.EventReminded && len(f.Called) > 0 && len(f.Delegations) == 0 {
		add("may decide now: %s", t.names(f.Called))
	}
	if len(f.Left) > 0 {
		add("decide no more: %s", t.names(f.Left))
	}
	for _, x := range f.Excluded {
		add("not %s at level %d: %s", t.people(x.Person), f.Level, spoken(x.Reason))
	}
	if !f.Deadline.IsZero() {
		add("to be decided before %s", t.when(f.Deadline))
	}
	switch {
	case kind == change.EventReminded:
		return fmt.Sprintf("Reminded %s that level %d of version %d waits for them, after %d%% of its time.", t.names(f.Called), f.Level, f.Version, f.Share), details
	case kind == change.EventEscalated:
		return fmt.Sprintf("Level %d of version %d was escalated to %s after %d%% of its time; its quorum is what it was.", f.Level, f.Version, strings.Join(f.Groups, ", "), f.Share), details
	case len(f.Delegations) > 0:
		return fmt.Sprintf("Called %s to level %d of version %d in the place of who is away.", t.names(f.Called), f.Level, f.Version), details
	}
	return fmt.Sprintf("The directory gave level %d of version %d other people.", f.Level, f.Version), details
}

func (t teller) delegated(d change.Delegation) string {
	return fmt.Sprintf("%s acts for %s from %s until %s (%s)", t.people(d.Person), t.people(d.Principal), t.when(d.Start), t.when(d.End), d.ID)
}
