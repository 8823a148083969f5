package incident

import (
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// ItemState is where one thing stands that a review asked for (I27). It outlives
// the incident's closure: the incident is over, its lesson is not yet drawn.
type ItemState string

const (
	ItemOpen      ItemState = "open"      // to be done; its owner is reminded
	ItemDone      ItemState = "done"      // its ticket, or a person, says that it was done
	ItemWithdrawn ItemState = "withdrawn" // somebody with the authority said why it never will be
)

// ActionItem is one thing to be done after an incident. JSON names are frozen.
type ActionItem struct {
	// Key is the event key of its ticket; it stays when the review is replaced.
	Key  string `json:"key,omitempty"`
	Text string `json:"text"`
	// Ticket is zero until its ticket exists.
	Ticket compliance.TicketRef `json:"ticket,omitzero"`
	Owner  compliance.PersonID  `json:"owner,omitempty"`
	// Due is the instant from which on it is late, UTC.
	Due   time.Time           `json:"due,omitzero"`
	State ItemState           `json:"state,omitempty"` // empty counts as open
	Ended time.Time           `json:"ended,omitzero"`
	By    compliance.PersonID `json:"by,omitempty"` // who said so; empty when the ticket did
	// Warned is when its owner was reminded before it was due, Chased when it was
	// chased last after that, Chases how often; Escalated says that the manager
	// was told, too.
	Warned    time.Time `json:"warned,omitzero"`
	Chased    time.Time `json:"chased,omitzero"`
	Chases    int       `json:"chases,omitempty"`
	Escalated bool      `json:"escalated,omitempty"`
	// Kept is how the tracker ended it without its being done; it stays open,
	// because that needs a person's word.
	Kept string `json:"kept,omitempty"`
}

// Open reports whether the thing is still to be done.
func (a ActionItem) Open() bool { return a.State != ItemDone && a.State != ItemWithdrawn }

// ItemEdge is one allowed step of a thing to be done, with its cause.
type ItemEdge = compliance.Edge[ItemState]

// ItemStates lists every state of a thing to be done, in the order of its life.
func ItemStates() []ItemState { return []ItemState{ItemOpen, ItemDone, ItemWithdrawn} }

// ItemEdges is the whole machine of a thing to be done.
func ItemEdges() []ItemEdge {
	return []ItemEdge{
		{From: ItemOpen, To: ItemDone, Cause: "its ticket is done, or a person says so"},
		{From: ItemOpen, To: ItemWithdrawn, Cause: "withdrawn with a reason, by somebody else than its owner"},
	}
}

// Next lists the states a thing to be done may move to; empty for a terminal or unknown state.
func (s ItemState) Next() []ItemState { return compliance.Next(ItemEdges(), s) }

// Terminal reports whether the state is final; an unknown state is not.
func (s ItemState) Terminal() bool { return slices.Contains(ItemStates(), s) && len(s.Next()) == 0 }

// How things to be done are chased. The intervals bound what one of them costs:
// a reminder, a first and a second word when it is late, then one a week.
const (
	ItemRemindBefore  = 48 * time.Hour     // before it is due, to its owner
	ItemEscalateAfter = 72 * time.Hour     // after it was due, to the manager, too
	ItemChaseEvery    = 7 * 24 * time.Hour // after that, until it is done or withdrawn
	// ItemLookEvery is how often its ticket is read without any word from the
	// tracker, which may have lost one.
	ItemLookEvery = 7 * 24 * time.Hour
	// MaxItems bounds what all reviews of one incident ask for together.
	MaxItems = 30
)

// NextItem says at the instant now what a thing to be done asks for: ItemDueSoon,
// ItemOverdue or ItemEscalated to tell people now, ItemWaits with the instant to
// come back at, ItemOver when it has ended. After an outage it is chased once,
// not once for every week missed (I31). One without a due date is late at once.
func NextItem(a ActionItem, now time.Time) (Reason, time.Time) {
	late := a.Due.Add(ItemEscalateAfter)
	switch {
	case !a.Open():
		return ItemOver, time.Time{}
	case a.Escalated:
		if again := a.Chased.Add(ItemChaseEvery); now.Before(again) {
			return ItemWaits, again.UTC()
		}
		return ItemEscalated, time.Time{}
	case !now.Before(late):
		return ItemEscalated, time.Time{}
	case !now.Before(a.Due):
		if !a.Chased.IsZero() {
			return ItemWaits, late.UTC()
		}
		return ItemOverdue, time.Time{}
	case !a.Warned.IsZero():
		return ItemWaits, a.Due.UTC()
	case now.Before(a.Due.Add(-ItemRemindBefore)):
		return ItemWaits, a.Due.Add(-ItemRemindBefore).UTC()
	default:
		return ItemDueSoon, time.Time{}
	}
}

// Told is the thing after its people were told at this instant, because of what
// NextItem said.
func (a ActionItem) Told(why Reason, at time.Time) ActionItem {
	switch why {
	case ItemDueSoon:
		a.Warned = at.UTC()
	case ItemOverdue, ItemEscalated:
		a.Chased, a.Chases = at.UTC(), a.Chases+1
		a.Escalated = a.Escalated || why == ItemEscalated
	}
	return a
}

// Ends is the thing after it came to this state at this instant.
func (a ActionItem) Ends(to ItemState, by compliance.PersonID, at time.Time) ActionItem {
	if a.Open() {
		a.State, a.By, a.Ended, a.Kept = to, by, at.UTC(), ""
	}
	return a
}

// Succeed is a review that replaces an earlier one: what both name keeps its
// ticket, and what only the earlier one named stays to be done, since nobody
// said that it is not. Both together may be at most MaxItems.
func (r Review) Succeed(earlier *Review) Review {
	if earlier == nil {
		return r
	}
	items := slices.Clone(earlier.Actions)
	for _, a := range r.Actions {
		same := func(b ActionItem) bool { return b.Text == a.Text }
		if i := slices.IndexFunc(items, same); i >= 0 {
			if items[i].Open() {
				items[i].Owner, items[i].Due = a.Owner, a.Due
			}
			continue
		}
		items = append(items, a)
	}
	r.Actions = items
	return r
}

// Unfinished counts what is still to be done.
func (r Review) Unfinished() int {
	n := 0
	for _, a := range r.Actions {
		if a.Open() {
			n++
		}
	}
	return n
}
