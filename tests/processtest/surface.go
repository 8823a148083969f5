package processtest

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
)

// Surface records the cards shown, and the notes in their threads. As the port
// promises, what is repeated is looked for; what is not is there twice.
type Surface struct {
	mu     sync.Mutex
	posts  []compliance.Posted // the reference is the card's key
	cards  []compliance.Card
	notes  []compliance.Note
	looked []string // keys of the notes that were looked for before they were written
	fail   func() error
}

// Fail is asked for the error of each card from now on; nil shows them again.
func (f *Surface) Fail(with func() error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail = with
}

// Post implements activities.MessageSurface.
func (f *Surface) Post(_ context.Context, channel string, c compliance.Card, _ map[compliance.PersonID]compliance.Person, repeat bool) (compliance.Posted, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		if err := f.fail(); err != nil {
			return compliance.Posted{}, err
		}
	}
	at := compliance.Posted{Channel: channel, Ref: c.Key}
	if !repeat || !slices.Contains(f.posts, at) {
		f.posts = append(f.posts, at)
	}
	f.cards = append(f.cards, c)
	return at, nil
}

// Update implements activities.MessageSurface.
func (f *Surface) Update(_ context.Context, at compliance.Posted, c compliance.Card, _ map[compliance.PersonID]compliance.Person) (compliance.Posted, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		if err := f.fail(); err != nil {
			return at, err
		}
	}
	f.cards = append(f.cards, c)
	return at, nil
}

// Note implements activities.MessageSurface.
func (f *Surface) Note(_ context.Context, _ compliance.Posted, n compliance.Note, _ map[compliance.PersonID]compliance.Person, repeat bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if repeat {
		f.looked = append(f.looked, n.Key)
	}
	if !repeat || !slices.ContainsFunc(f.notes, func(o compliance.Note) bool { return o.Key == n.Key }) {
		f.notes = append(f.notes, n)
	}
	return nil
}

// Link implements activities.MessageSurface.
func (f *Surface) Link(_ context.Context, at compliance.Posted) string {
	return "https://chat.example/" + at.Channel + "/" + at.Ref
}

// Posts are the cards posted, in order; their references are the cards' keys.
func (f *Surface) Posts() []compliance.Posted {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.posts)
}

// Cards are all the cards shown, in order, each rewriting too.
func (f *Surface) Cards() []compliance.Card {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.cards)
}

// Notes are the notes in the threads, in order.
func (f *Surface) Notes() []compliance.Note {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.notes)
}

// Last is the card shown last, an empty one when there was none.
func (f *Surface) Last() compliance.Card {
	cards := f.Cards()
	if len(cards) == 0 {
		return compliance.Card{}
	}
	return cards[len(cards)-1]
}

// Buttons are the names of the actions on the last card.
func (f *Surface) Buttons() []string {
	var out []string
	for _, a := range f.Last().Actions {
		out = append(out, a.Name)
	}
	return out
}

// LookedFor are the keys of the notes that were looked for before they were
// written, because an earlier try may have.
func (f *Surface) LookedFor() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.looked)
}

// Told is the note with this key; the test fails without one.
func (f *Surface) Told(t *testing.T, key string) compliance.Note {
	t.Helper()
	for _, n := range f.Notes() {
		if n.Key == key {
			return n
		}
	}
	require.Fail(t, "nobody was told "+key)
	return compliance.Note{}
}

// Called reports whether a note with this text called the person.
func (f *Surface) Called(who compliance.PersonID, text string) bool {
	return slices.ContainsFunc(f.Notes(), func(n compliance.Note) bool {
		return slices.Contains(n.People, who) && strings.Contains(n.Text, text)
	})
}

// Said is the text of every note, in order.
func (f *Surface) Said() string {
	var all []string
	for _, n := range f.Notes() {
		all = append(all, n.Text)
	}
	return strings.Join(all, "\n")
}
