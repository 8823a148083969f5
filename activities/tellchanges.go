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
}

// Broadcast is the capability to tell the changes under way what came into force.
type Broadcast struct {
	Source  PolicySource
	Changes OpenChanges
	// Pause is between two of them; 20 ms where it is nothing: fifty a second leave
	// the engine free for what people do.
	Pause time.Duration
}

// TellChangesInput asks for the broadcast. It says what is in force for this process.
type TellChangesInput struct{}

// ToldChanges says what was said, and to how many.
type ToldChanges struct {
	Moved change.Moved `json:"moved"`
	Count int          `json:"count"`
}

// telling is how far a broadcast is: a repetition begins at the page that was
// begun, so some are told twice, which changes nothing, and none is left out.
type telling struct {
	Token []byte `json:"token,omitempty"`
	Count int    `json:"count,omitempty"`
}

// TellChanges tells every change under way what is in force, slowly. A crash
// repeats it from the page it was at.
func (b *Broadcast) TellChanges(ctx context.Context, _ TellChangesInput) (ToldChanges, error) {
	m, err := b.inForce(ctx)
	if err != nil {
		return ToldChanges{}, translate(err)
	}
	var at telling
	if activity.HasHeartbeatDetails(ctx) {
		if err := activity.GetHeartbeatDetails(ctx, &at); err != nil {
			at = telling{} // from the start: being told twice changes nothing
		}
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
		at = telling{Token: next, Count: at.Count + len(ids)}
		activity.RecordHeartbeat(ctx, at)
		if len(next) == 0 {
			done(ctx, "changes told what is in force", "rules", version(m.Rules), "count", at.Count)
			return ToldChanges{Moved: m, Count: at.Count}, nil
		}
	}
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
