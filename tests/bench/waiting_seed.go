package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/change"
	"github.com/lowcodex/countersign/workflows/desk"
)

// seeding begins changes that wait, as runs that continue as new begin: with the
// state of a change that was approved, or is in review. Through the front door
// ten thousand would take the better part of an hour.
type seeding struct {
	w    *world
	from time.Time // when the bulk is due
	next int       // the first not begun yet
}

// beginners is how many are begun at once.
const beginners = 16

func (s *seeding) subject(i int) string {
	return change.WorkflowID(s.w.rules.Tickets().Site, fmt.Sprintf("seed-%06d", i))
}

// begin begins n changes due at these instants and waits until each has its card.
func (s *seeding) begin(ctx context.Context, n int, due func(int) time.Time) error {
	from := s.next
	s.next += n
	var (
		count atomic.Int64
		group sync.WaitGroup
		mu    sync.Mutex
		errs  []error
	)
	for range beginners {
		group.Go(func() {
			for {
				i := int(count.Add(1)) - 1
				if i >= n {
					return
				}
				if err := s.one(ctx, from+i, due(i)); err != nil {
					mu.Lock()
					errs = append(errs, err)
					mu.Unlock()
					return
				}
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

func (s *seeding) one(ctx context.Context, i int, due time.Time) error {
	// Nothing reads the ticket of a change that wakes: it needs none.
	ref := compliance.TicketRef{Site: s.w.rules.Tickets().Site, ID: fmt.Sprintf("seed-%06d", i), Key: fmt.Sprintf("SEED-%d", i+1)}
	state := approved(i, ref, due)
	var err error
	if state.Posted, err = s.post(state.Number); err != nil {
		return err
	}
	if due.Equal(s.from) && i%inReview == 0 {
		state = reviewed(state, due)
	}
	id := s.subject(i)
	_, err = s.w.engine.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: id, TaskQueue: compliance.QueueWorkflows, TypedSearchAttributes: shown(state),
	}, change.Type, change.Input{Ticket: ref, Carried: &state})
	if err == nil {
		_, err = s.w.board.offered(ctx, id, rules.ActionWithdraw, "") // it has its card
	}
	return err
}

// post stands in for the card that the run before had posted.
func (s *seeding) post(number string) (*compliance.Posted, error) {
	for _, c := range s.w.site.Slack.Channels() {
		if c.Name == "changes" {
			ts, err := s.w.site.Slack.SayAsApp(c.ID, number)
			return &compliance.Posted{Channel: c.ID, Ref: ts}, err
		}
	}
	return nil, errors.New("the message surface has no channel for changes")
}

// approved is a change of two levels that waits for its planned start.
func approved(i int, ref compliance.TicketRef, due time.Time) change.State {
	now := time.Now().UTC()
	level := func(name string, people ...compliance.PersonID) rules.ResolvedLevel {
		return rules.ResolvedLevel{
			Level:    rules.Level{Name: name, Groups: []string{"platform-owners"}, Quorum: fmt.Sprint(len(people)), Deadline: 48 * time.Hour},
			Required: len(people), Eligible: people,
		}
	}
	vote := func(level int, person compliance.PersonID) rules.Vote {
		return rules.Vote{Person: person, Level: level, Verdict: rules.Approve, At: now}
	}
	const hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	v := change.Version{
		N: 1, State: rules.Approved, Level: 2, Nonce: "0a1b2c3d", Approved: now, Expires: due.Add(14 * 24 * time.Hour),
		Snapshot: rules.Snapshot{
			Hash: hash, Title: fmt.Sprintf("Raise the invoice limit %06d", i), System: "sandbox", Environment: "sandbox", Risk: "medium",
			PlannedStart: due.UTC(), Duration: 30 * time.Minute,
		},
		Route: rules.Route{
			Chain: "standard", Rule: "everything else", Levels: []rules.ResolvedLevel{level("Platform owners", "p-bruno", "p-chidi"), level("Change board", "p-farah")},
			Validity: 14 * 24 * time.Hour, Resubmit: 7 * 24 * time.Hour, OnLost: rules.VoidVote, Requester: "p-jonas", Implementer: "p-goran", Channel: "changes",
		},
		Votes:   []rules.Vote{vote(1, "p-bruno"), vote(1, "p-chidi"), vote(2, "p-farah")},
		Opening: rules.Opening{At: due.UTC(), Reason: rules.TooEarly},
	}
	return change.State{
		Schema: 1, State: rules.WaitingWindow, Version: v,
		Papers: desk.Papers{Ticket: ref, Number: fmt.Sprintf("CHG-%d", i+1), Expected: "waiting_window", Sequence: 2, Unshown: true},
	}
}

// reviewed is the same change while its first level waits for one more.
func reviewed(s change.State, until time.Time) change.State {
	s.State = rules.Open
	v := &s.Version
	v.State, v.Level, v.Votes, v.Deadline = rules.InReview, 1, v.Votes[1:2], until
	v.Approved, v.Expires, v.Opening = time.Time{}, time.Time{}, rules.Opening{}
	return s
}

// shown are the search attributes that the run before had.
func shown(s change.State) temporal.SearchAttributes {
	stage, awaiting, due := string(s.State), []string{"p-goran"}, s.Version.Expires
	if s.State == rules.Open {
		stage, awaiting, due = string(rules.InReview), []string{"p-bruno"}, s.Version.Deadline
	}
	return temporal.NewSearchAttributes(
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeProcess).ValueSet("change"),
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeStage).ValueSet(stage),
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeNumber).ValueSet(s.Number),
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeSystem).ValueSet("sandbox"),
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeEnvironment).ValueSet("sandbox"),
		temporal.NewSearchAttributeKeyKeywordList(compliance.AttributeAwaiting).ValueSet(awaiting),
		temporal.NewSearchAttributeKeyTime(compliance.AttributeDue).ValueSet(due),
	)
}
