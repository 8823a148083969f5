package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

// OpenChanges are the changes under way, as the engine knows them.
type OpenChanges interface {
	// Page lists some of those that wait for a person or an instant, and what to ask
	// for next, nothing after the last. The same token gives the same page, less what
	// ended. Newer ones come first: those that begin meanwhile are not listed.
	Page(ctx context.Context, token []byte) (ids []string, next []byte, err error)
	// Tell sends one the word, and is no error where it has ended. It may be repeated.
	Tell(ctx context.Context, id string, m change.Moved) error
	// Ask has them told what is in force, by a telling that begins when none is
	// under way any more. Several that ask meanwhile are served by one.
	Ask(ctx context.Context) error
}

// Broadcast is the capability to tell the changes under way what came into force.
type Broadcast struct {
	Source  PolicySource
	Changes OpenChanges
	// Pause is between two of them; 20 ms where it is nothing: fifty a second leave
	// the engine free for what people do.
	Pause time.Duration
}

// TellChangesInput asks for the broadcast. What is in force is what this process
// goes by.
type TellChangesInput struct {
	// Last is what the last telling that ended told everybody.
	Last change.Told `json:"last"`
	// Now is when this one began; repetitions are made for the same instant.
	Now time.Time `json:"now"`
}

// ToldChanges says what every change under way knows now, and how many were told:
// none where they knew it.
type ToldChanges struct {
	change.Told
	Count int `json:"count"`
}

// telling is how far a broadcast is: a repetition begins at the page that was
// begun, so some are told twice, which changes nothing, and none is left out.
type telling struct {
	// Moved is the word. A repetition may be made by a process that goes by another.
	Moved change.Moved `json:"moved,omitzero"`
	Token []byte       `json:"token,omitempty"`
	Count int          `json:"count,omitempty"`
}

// TellChanges tells every change under way what is in force, slowly, where that
// moved since they were told, and once a day. A crash repeats it from the page it was
// at; what has ended only in part does not count as told.
func (b *Broadcast) TellChanges(ctx context.Context, in TellChangesInput) (ToldChanges, error) {
	m, err := b.inForce(ctx)
	if err != nil {
		return ToldChanges{}, translate(err)
	}
	begun := activity.HasHeartbeatDetails(ctx) // some may know more than the last telling said
	if !begun && !m.Tells(in.Last, in.Now) {
		done(ctx, "changes know what is in force", "rules", version(m.Rules))
		return ToldChanges{Told: in.Last}, nil
	}
	at := telling{Moved: m}
	if begun {
		var was telling
		if err := activity.GetHeartbeatDetails(ctx, &was); err == nil && was.Moved == m {
			at = was
		} // else from the start: being told twice changes nothing
	}
	for {
		ids, next, err := b.Changes.Page(ctx, at.Token)
		if err != nil {
			return ToldChanges{}, translate(err)
		}
		for _, id := range ids {
			activity.RecordHeartbeat(ctx, at)
			if err := b.Changes.Tell(ctx, id, m); err != nil {
				return ToldChanges{}, translate(err)
			}
			if err := b.rest(ctx); err != nil {
				return ToldChanges{}, err
			}
		}
		at = telling{Moved: m, Token: next, Count: at.Count + len(ids)}
		activity.RecordHeartbeat(ctx, at)
		if len(next) == 0 {
			done(ctx, "changes told what is in force", "rules", version(m.Rules), "count", at.Count)
			return ToldChanges{Told: change.Told{Moved: m, At: in.Now}, Count: at.Count}, nil
		}
	}
}

// AskTellingInput asks that the changes be told.
type AskTellingInput struct{}

// AskTelling has the changes told what came into force by the one telling there is
// at a time, which knows what they were told last. It may be repeated.
func (b *Broadcast) AskTelling(ctx context.Context, _ AskTellingInput) (Done, error) {
	return Done{}, translate(b.Changes.Ask(ctx))
}

// inForce is what this process decides by, now.
func (b *Broadcast) inForce(ctx context.Context) (change.Moved, error) {
	rules, err := b.Source.Rules(ctx)
	if err != nil {
		return change.Moved{}, &compliance.Failure{Class: compliance.Unavailable, Op: "read the rules", Detail: "see the worker's log", Err: err}
	}
	dir, err := People{b.Source}.directory(ctx)
	if err != nil {
		return change.Moved{}, err
	}
	return change.Moved{Rules: rules.Hash, Directory: dir.Hash, Zones: rules.Zones()}, nil
}

func (b *Broadcast) rest(ctx context.Context) error {
	pause := b.Pause
	if pause <= 0 {
		pause = 20 * time.Millisecond
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(pause):
		return nil
	}
}
