package activities

import (
	"fmt"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/policy"
)

// asked turns the lines of a review into things to be done: each with an owner
// whom the directory knows, the author where none is named, and a due date, the
// end of the named day where the owner lives, or what the rules give (I27).
func (in JudgeIncidentActInput) asked(act incident.Act, author compliance.PersonID, dir *policy.Directory) ([]incident.ActionItem, incident.Reason) {
	var out []incident.ActionItem
	for i, line := range act.Actions {
		item := incident.ActionItem{
			Key:  fmt.Sprintf("%s/action/%d", incident.ActKey(in.Head.owner(), in.Inbound.Delivery), i+1),
			Text: line.Text, Owner: author, Due: in.Policy.ActionsDue(in.Standing.Severity, in.Now),
		}
		owner, _ := dir.Person(author) // the author acts, so is known
		if line.Owner != "" {
			named, known := in.named(dir, line.Owner)
			if !known || !named.ActiveAt(in.Now) {
				return nil, incident.UnknownOwner
			}
			owner, item.Owner = named, named.ID
		}
		if line.Due != "" {
			due, err := endOfDay(line.Due, owner.Zone)
			if err != nil || !due.After(in.Now) {
				return nil, incident.BadDue
			}
			item.Due = due
		}
		out = append(out, item)
	}
	return out, incident.OK
}

// named finds whom a line names: by the directory's own id, or by an account
// where the author wrote it.
func (in JudgeIncidentActInput) named(dir *policy.Directory, name string) (compliance.Person, bool) {
	if who, ok := dir.Person(compliance.PersonID(name)); ok {
		return who, true
	}
	return theOne(dir, compliance.Account{Provider: in.Inbound.Actor.Provider, ID: name})
}

// endOfDay is the first instant after a day of the calendar in a zone; in UTC
// where the zone is not known.
func endOfDay(day, zone string) (time.Time, error) {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		loc = time.UTC
	}
	at, err := time.ParseInLocation(time.DateOnly, day, loc)
	return at.AddDate(0, 0, 1).UTC(), err
}

// judgeItem applies the rules to a report or a withdrawal of one thing.
func (in JudgeIncidentActInput) judgeItem(act incident.Act, by ResolvedActor) (int, incident.Reason) {
	if in.Review == nil {
		return -1, incident.NoItem
	}
	at, reason := incident.PickItem(in.Review.Actions, act.Item)
	switch {
	case reason != incident.OK:
	case act.Action == incident.ActionFinish:
		reason = incident.JudgeFinish(*in.Review, in.Review.Actions[at], by.Actor, by.Closes)
	default:
		reason = incident.JudgeWithdraw(in.Review.Actions[at], by.Actor, by.Closes)
	}
	return at, reason
}

func (in JudgeIncidentActInput) itemFacts(act *incident.ActFacts, at int) incident.ItemFacts {
	item := in.Review.Actions[at]
	f := incident.ItemFacts{
		ActFacts: act, Item: at + 1, Ticket: item.Ticket.Key, Owner: item.Owner, Due: item.Due, Late: max(0, in.Now.Sub(item.Due)), State: incident.ItemDone,
	}
	if act.Action == incident.ActionWithdraw {
		f.State = incident.ItemWithdrawn
	}
	return f
}

func askedFacts(items []incident.ActionItem) []incident.AskedFacts {
	var out []incident.AskedFacts
	for _, item := range items {
		out = append(out, incident.AskedFacts{Owner: item.Owner, Due: item.Due})
	}
	return out
}

// recallItems reads from the record of an earlier attempt what a review asked
// for, or which thing an act was about.
func (in JudgeIncidentActInput) recallItems(e evidence.Entry, out *JudgedIncidentAct) error {
	switch e.Record.Type {
	case incident.EventItemDone, incident.EventItemWithdrawn:
		facts, err := recall[incident.ItemFacts](e)
		out.Item = facts.Item - 1
		return err
	case incident.EventReviewed:
		facts, err := recall[incident.ReviewFacts](e)
		act, _, _ := incident.ParseAct(in.Inbound)
		for i, line := range act.Actions {
			if i < len(facts.Asked) {
				out.Items = append(out.Items, incident.ActionItem{
					Key:  fmt.Sprintf("%s/action/%d", incident.ActKey(in.Head.owner(), in.Inbound.Delivery), i+1),
					Text: line.Text, Owner: facts.Asked[i].Owner, Due: facts.Asked[i].Due,
				})
			}
		}
		return err
	}
	return nil
}
