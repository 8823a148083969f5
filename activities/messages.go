package activities

import (
	"context"
	"encoding/json"
	"slices"

	"go.temporal.io/sdk/activity"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

// MessageSurface is what the messages capability needs of a chat. Every error
// is a *compliance.Failure. The implementation does not retry.
type MessageSurface interface {
	// Post shows a card once per key and channel: with repeat it looks for the
	// first one and adopts it.
	Post(ctx context.Context, channel string, card compliance.Card, people map[compliance.PersonID]compliance.Person, repeat bool) (compliance.Posted, error)
	// Update rewrites a card; repeating it is harmless. When the surface no
	// longer lets it be rewritten a note stands in and Orphaned is set.
	Update(ctx context.Context, at compliance.Posted, card compliance.Card, people map[compliance.PersonID]compliance.Person) (compliance.Posted, error)
	// Link is where people open a card; empty when the surface does not say.
	Link(ctx context.Context, at compliance.Posted) string
	// Note adds a note to a card's thread once per key: with repeat it looks for the first one.
	Note(ctx context.Context, at compliance.Posted, note compliance.Note, people map[compliance.PersonID]compliance.Person, repeat bool) error
}

// Contents reads what was stored under a digest, and checks it against that.
type Contents interface {
	Get(ctx context.Context, digest string) ([]byte, error)
}

// Messages is the capability to show cards.
type Messages struct {
	Surface  MessageSurface
	People   People
	Contents Contents
	Rooms    Rooms
}

// ShowCardInput shows the latest state of a card. At is nil until the card was
// posted. Note is added to its thread afterwards, for example to call the
// people of the next level, whom an edit alone does not notify.
type ShowCardInput struct {
	Channel string             `json:"channel"`
	At      *compliance.Posted `json:"at,omitempty"`
	Card    compliance.Card    `json:"card"`
	Note    *compliance.Note   `json:"note,omitempty"`
	Repeat  bool               `json:"repeat,omitempty"`
}

// ShowCard posts the card or rewrites it. A crash between the card and its
// note repeats both: the rewrite is harmless and the note is looked for.
func (m *Messages) ShowCard(ctx context.Context, in ShowCardInput) (compliance.Posted, error) {
	repeat := repeated(ctx, in.Repeat)
	in.Card.Facts = append(slices.Clone(in.Card.Facts), m.told(ctx, in.Card)...)
	ids := append([]compliance.PersonID{}, in.Card.Notify...)
	ids = append(ids, mentioned(in.Card.Facts, in.Card.Log)...)
	if in.Note != nil {
		ids = append(ids, in.Note.People...)
	}
	people, err := m.People.Named(ctx, ids)
	if err != nil {
		return compliance.Posted{}, translate(err)
	}
	var posted compliance.Posted
	if in.At == nil {
		posted, err = m.Surface.Post(ctx, in.Channel, in.Card, people, repeat)
	} else {
		posted, err = m.Surface.Update(ctx, *in.At, in.Card, people)
	}
	if err != nil {
		return compliance.Posted{}, translate(err)
	}
	if in.Note != nil {
		if err := m.Surface.Note(ctx, posted, *in.Note, people, repeat); err != nil {
			return compliance.Posted{}, translate(err)
		}
	}
	done(ctx, "card shown", "card", in.Card.Key, "status", in.Card.Status, "repeat", repeat)
	return posted, nil
}

// told are the texts of the content that the card is about. A card without them
// is better than none: somebody may have to be called, and the ticket has them.
func (m *Messages) told(ctx context.Context, card compliance.Card) []compliance.Fact {
	if card.Content == "" {
		return nil
	}
	var content change.Content
	data, err := m.Contents.Get(ctx, card.Content)
	if err == nil {
		err = json.Unmarshal(data, &content)
	}
	if err != nil {
		activity.GetLogger(ctx).Error("the card's content cannot be read", "card", card.Key, "content", card.Content, "error", err)
		return []compliance.Fact{{Label: "Content", Text: "The stored content cannot be read here. Read the ticket before you decide."}}
	}
	return append(content.Told(), m.rollbackOwner(ctx, content))
}

// rollbackOwner names the person whom an approver attests to be the owner of
// the way back.
func (m *Messages) rollbackOwner(ctx context.Context, content change.Content) compliance.Fact {
	f := compliance.Fact{Label: "Rollback owner", Text: "not in the directory"}
	account, ok := change.ParseAccount(content.RollbackOwner)
	if !ok {
		return f
	}
	owner, err := m.People.Owner(ctx, account)
	switch {
	case err != nil:
		activity.GetLogger(ctx).Error("the rollback's owner cannot be looked up", "error", err)
		f.Text = "could not be looked up; read the ticket before you decide"
	case owner != "":
		f.Text, f.People = "", []compliance.PersonID{owner}
	}
	return f
}

// CardLink is where people open a card; empty when the surface did not say.
type CardLink struct {
	URL string `json:"url,omitempty"`
}

// LinkCard asks the surface where people open a card. It never fails: what is said
// with the link is said without it, too.
func (m *Messages) LinkCard(ctx context.Context, at compliance.Posted) (CardLink, error) {
	return CardLink{URL: m.Surface.Link(ctx, at)}, nil
}
