package activities

import (
	"context"
	"encoding/json"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/policy"
)

// JudgeDecisionInput is a vote and everything it is judged by but the directory.
type JudgeDecisionInput struct {
	Head    Head                `json:"head"`
	Inbound compliance.Inbound  `json:"inbound"`
	State   change.VersionState `json:"state"`
	Version int                 `json:"version"`
	Level   int                 `json:"level"`
	Nonce   string              `json:"nonce"`
	Hash    string              `json:"hash"`
	// Open is the open level as resolved at submission; Last says that no other follows.
	Open        change.ResolvedLevel `json:"open"`
	Last        bool                 `json:"last,omitempty"`
	Deadline    time.Time            `json:"deadline,omitzero"`
	Votes       []change.Vote        `json:"votes,omitempty"` // of this level
	Requester   compliance.PersonID  `json:"requester"`
	Implementer compliance.PersonID  `json:"implementer"`
	Asked       []change.Asker       `json:"asked,omitempty"` // the others who asked
	// Fields and Earlier say what changed since the person opened the form.
	Fields  []change.FieldDigest `json:"fields,omitempty"`
	Earlier []change.Snapshot    `json:"earlier,omitempty"`
	// Schedule asks for the calendar up to Until when this vote completes the last level.
	Schedule ResolveScheduleInput `json:"schedule"`
	// Came is when the act was durable, which the deadline is compared with: the
	// wait for this judgement makes nobody late. Now where it is absent.
	Came time.Time `json:"came,omitzero"`
	Now  time.Time `json:"now"`
	// Held says that the change is on hold.
	Held bool `json:"held,omitempty"`
}

// JudgedDecision is what came of a vote. Vote is set when it counts.
type JudgedDecision struct {
	Person   compliance.PersonID `json:"person,omitempty"`
	Reason   change.Reason       `json:"reason,omitempty"`
	Field    string              `json:"field,omitempty"`
	Detail   string              `json:"detail,omitempty"` // what differs, or when the first vote was
	Link     string              `json:"link,omitempty"`   // where to sign in, when that is what was missing
	Vote     *change.Vote        `json:"vote,omitempty"`
	Outcome  change.LevelOutcome `json:"outcome,omitempty"`
	Schedule *change.Schedule    `json:"schedule,omitempty"`
	Index    uint64              `json:"index"`
}

// JudgeDecision checks a vote and records it, counted or refused. A crash
// after the record repeats the call: the record found by its key is the
// answer, even if the directory has changed in between.
func (j *Judgement) JudgeDecision(ctx context.Context, in JudgeDecisionInput) (JudgedDecision, error) {
	key := change.ActKey(in.Head.owner(), in.Inbound.Delivery)
	out, index, err := judged(ctx, j, in.Head, key, in.Inbound, in.recalled,
		func(head Head, dir *policy.Directory, person compliance.Person, known bool) (verdict[JudgedDecision], error) {
			in.Head = head
			out, facts := in.judge(dir, person, known, j.believed(dir, in.Inbound), j.Factors)
			kind := change.EventDecided
			if out.Reason != change.OK {
				kind = change.EventRefused
			}
			ev := head.Event(key, kind, in.Inbound.Received)
			return verdict[JudgedDecision]{
				Event: ev, Facts: facts, Beside: in.consequence(ev, out.Outcome), Result: out, Reason: string(out.Reason),
			}, nil
		})
	if err != nil {
		return JudgedDecision{}, err
	}
	out.Link = j.link(in.Inbound, out.Reason) // new at every repetition: the first one may have ended
	return j.finished(ctx, in, out, index), nil
}

// judge applies the pure rules and says what goes on record.
func (in JudgeDecisionInput) judge(dir *policy.Directory, person compliance.Person, known bool, came signIn, factors change.Factors) (JudgedDecision, change.ActFacts) {
	decision, reason, field := change.ParseDecision(in.Inbound)
	out := JudgedDecision{Person: person.ID, Field: field}
	facts := actFacts(in.Inbound, person)
	facts.Version, facts.Level, facts.Hash, facts.Verdict, facts.Stood = in.Version, in.Level, in.Hash, decision.Verdict, string(in.State)
	facts.SignedIn = change.SignedInAs(came.proven)
	for _, a := range decision.Attested {
		facts.Attested = append(facts.Attested, change.Attested{Name: a.Name, Text: a.Shown, Answer: a.Value})
	}
	voter := change.Voter{Person: person.ID, Reason: change.UnknownPerson, SignIn: came.proven, Linked: came.linked}
	var seat change.Seat
	if known {
		d := dir.Duties(in.Requester, in.Implementer, in.Asked, in.Now)
		seat, voter.Reason = change.SeatOf(in.Level, in.Open, person, dir.Roster(in.Open, in.Now, in.Now), d, in.Votes, in.Now)
	}
	switch {
	case came.forged:
		reason = change.StepUpUnproven // whatever else it says, it is not what it claims to be
	case in.Head.over:
		reason = change.AlreadyClosed
	case reason == change.OK:
		at := in.Came
		if at.IsZero() {
			at = in.Now
		}
		review := in.review()
		review.Factors = factors
		ruling := change.Judge(review, decision, voter, at)
		reason, out.Detail, facts.Changes = ruling.Reason, ruling.Changes, ruling.Changes
		if ruling.Duplicate != nil {
			facts.First = ruling.Duplicate.At.UTC()
			out.Detail = facts.First.Format(spokenTime)
		}
		if old := ruling.Replaces; old != nil {
			facts.Replaces = &change.Replaced{Verdict: old.Verdict, At: old.At.UTC(), Index: old.Index}
		}
	}
	out.Reason, facts.Reason = reason, reason
	if reason == change.OK {
		out.Vote = &change.Vote{Person: person.ID, Level: in.Level, Verdict: decision.Verdict, At: in.Now, For: seat.For, Delegation: seat.Delegation}
		facts.For, facts.Delegation = seat.For, seat.Delegation
		tally := change.Tally(in.Level, in.Open, change.Recast(in.Votes, *out.Vote))
		out.Outcome = tally.Outcome
		facts.Tally = &change.Tallied{Level: in.Level, Approvals: tally.Approvals, Denials: tally.Denials, Required: tally.Required, Outcome: string(tally.Outcome)}
	}
	return out, facts
}

func (in JudgeDecisionInput) review() change.Review {
	levels := make([]change.ResolvedLevel, max(in.Level, 1))
	levels[len(levels)-1] = in.Open
	return change.Review{
		State: in.State, Version: in.Version, Level: in.Level, Nonce: in.Nonce, Hash: in.Hash,
		Deadline: in.Deadline, Route: change.Route{Levels: levels}, Votes: in.Votes,
		Number: in.Head.Number, Fields: in.Fields, Earlier: in.Earlier, Held: in.Held,
	}
}

// consequence is the record of what the vote decided for the whole version.
// It stands beside the vote in the same append, so neither is without the other.
func (in JudgeDecisionInput) consequence(vote evidence.Event, outcome change.LevelOutcome) []evidence.Event {
	kind, to, state := "", change.Approved, change.WaitingWindow
	switch {
	case outcome == change.Denied:
		kind, to, state = change.EventRejected, change.Rejected, change.Open
	case outcome == change.Reached && in.Last:
		kind = change.EventApproved
	default:
		return nil
	}
	ev := in.Head.Event(change.VersionKey(in.Head.owner(), in.Version, string(to)), kind, vote.At)
	ev.State = string(state)
	ev.Facts, _ = json.Marshal(change.MovedFacts{ // plain fields: encoding cannot fail
		Version: in.Version, Level: in.Level, From: string(in.State), To: string(to), Hash: in.Hash,
	})
	return []evidence.Event{ev}
}

// finished adds the calendar where the vote completed the approval. The vote is
// on record by now, so nothing may fail any more: without a calendar the one of
// the submission goes on being shown, and the start reads them again anyway.
func (j *Judgement) finished(ctx context.Context, in JudgeDecisionInput, out JudgedDecision, index uint64) JudgedDecision {
	out.Index = index
	if out.Vote != nil {
		out.Vote.Index = index
	}
	if out.Outcome == change.Reached && in.Last {
		if s, err := schedule(ctx, j.Source, in.Schedule); err == nil {
			out.Schedule = &s
		} else {
			activity.GetLogger(ctx).Warn("approved without a calendar", "number", in.Head.Number, "error", err)
		}
	}
	return out
}

// recalled rebuilds the answer from the record of an earlier attempt. A record
// about another opening, which a very late repetition may meet, is a duplicate
// that counts for nothing now.
func (in JudgeDecisionInput) recalled(e evidence.Entry) (JudgedDecision, error) {
	facts, err := recall[change.ActFacts](e)
	out := JudgedDecision{Person: compliance.PersonID(e.Record.Actor.Person), Reason: facts.Reason, Detail: facts.Changes}
	if !facts.First.IsZero() {
		out.Detail = facts.First.UTC().Format(spokenTime)
	}
	switch {
	case err != nil || facts.Reason != change.OK:
		return out, err
	case facts.Version != in.Version || facts.Level != in.Level || facts.Hash != in.Hash:
		out.Reason, out.Detail = change.AlreadyRecorded, e.Record.At.UTC().Format(spokenTime)
		return out, nil
	}
	out.Vote = &change.Vote{Person: out.Person, Level: facts.Level, Verdict: facts.Verdict, At: in.Now, For: facts.For, Delegation: facts.Delegation}
	if facts.Tally != nil {
		out.Outcome = change.LevelOutcome(facts.Tally.Outcome)
	}
	return out, nil
}
