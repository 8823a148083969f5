package compliance

import "time"

// Card is what people see of a process on a message surface, free of any
// vendor's layout. People are named by id and resolved when the card is sent,
// so that names never enter a workflow's history.
type Card struct {
	// Subject is the workflow id; Key is the event key of the posting: one live
	// card per key and channel.
	Subject string `json:"subject"`
	Key     string `json:"key"`
	Title   string `json:"title"`  // e.g. "CHG-7 · Raise the invoice limit"
	Status  string `json:"status"` // e.g. "In review, level 1 of 2"
	Tone    Tone   `json:"tone"`
	Facts   []Fact `json:"facts,omitempty"`
	// Log lists what people did, oldest first: votes, refusals, start, finish.
	Log     []Fact   `json:"log,omitempty"`
	Actions []Action `json:"actions,omitempty"`
	// Link opens the full text when something was cut; optional.
	Link string `json:"link,omitempty"`
	// Content is the digest of the content that is decided upon; its texts are
	// added when the card is sent, so that they never enter a workflow's history.
	Content string `json:"content,omitempty"`
	// LinkText says what the link opens; empty is "Open the ticket".
	LinkText string `json:"link_text,omitempty"`
	// Notify lists the people to be mentioned when the card is first posted.
	Notify []PersonID `json:"notify,omitempty"`
}

// Tone colours a card.
type Tone string

// The tones of a card: nothing decided, waiting for somebody, good, bad.
const (
	Neutral   Tone = "neutral"
	Attention Tone = "attention"
	Good      Tone = "good"
	Bad       Tone = "bad"
)

// Fact is one labelled line. Its text is plain: the surface escapes it. People
// follow the text as mentions, then whom they act for; At follows as a time in the
// reader's zone.
type Fact struct {
	Label  string     `json:"label,omitempty"`
	Text   string     `json:"text,omitempty"`
	People []PersonID `json:"people,omitempty"`
	For    PersonID   `json:"for,omitempty"`
	At     time.Time  `json:"at,omitzero"`
}

// Action is a button. Pressing it opens the form of that name and decides nothing by itself.
type Action struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	Style string `json:"style,omitempty"` // "", "primary" or "danger"
	// Ref is handed back unchanged with the form, at most 500 bytes.
	Ref string `json:"ref,omitempty"`
	// StepUp says that the action counts only after a fresh sign-in: a surface
	// carries it to the gateway, which then answers with a link instead of a form.
	// It saves people a form in vain; the judge never relies on it.
	StepUp bool `json:"step_up,omitempty"`
}

// Form is what a person fills in before an action counts.
type Form struct {
	Action string  `json:"action"`
	Title  string  `json:"title"` // at most 24 runes
	Intro  string  `json:"intro,omitempty"`
	Submit string  `json:"submit"` // label of the confirming button, at most 24 runes
	Danger bool    `json:"danger,omitempty"`
	Fields []Field `json:"fields"`
}

// QueryForm is the query by which a process is asked for a form whose choices
// depend on where the subject stands. Its argument is the action, its result an Offer.
const QueryForm = "form"

// Offer is a form as it can be filled in now, or why there is none.
type Offer struct {
	Form   *Form  `json:"form,omitempty"`
	Reason string `json:"reason,omitempty"`
	Text   string `json:"text,omitempty"` // for the person who asked, when there is none
}

// Field is one input of a form.
type Field struct {
	Name     string    `json:"name"`
	Label    string    `json:"label"`
	Kind     FieldKind `json:"kind"`
	Hint     string    `json:"hint,omitempty"`
	Required bool      `json:"required,omitempty"`
	Options  []Option  `json:"options,omitempty"` // for Choice
	MaxRunes int       `json:"max_runes,omitempty"`
	Value    string    `json:"value,omitempty"` // what stands in it when it opens, for Prose
	// Line is set where a Prose has one line only.
	Line bool `json:"line,omitempty"`
}

// FieldKind is the kind of an input.
type FieldKind string

// The kinds of input: a statement that must be ticked (its value is "yes"),
// one of several options, free text, of several lines unless the field says otherwise.
const (
	Attest FieldKind = "attest"
	Choice FieldKind = "choice"
	Prose  FieldKind = "prose"
)

// Option is one alternative of a Choice.
type Option struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

// Posted says where a card lives. Ref is opaque to everybody but the surface
// that posted it.
type Posted struct {
	Channel string `json:"channel"`
	Ref     string `json:"ref"`
	// Orphaned is set when the surface no longer lets the card be rewritten
	// and a note in its thread stands in for it.
	Orphaned bool `json:"orphaned,omitempty"`
	// Ambiguous is set when an earlier attempt to post may have left a second
	// card: the next update looks for it and supersedes it.
	Ambiguous bool `json:"ambiguous,omitempty"`
}

// NewRoom asks for a channel of its own for one subject.
type NewRoom struct {
	// Name holds an id that no other room's name has, so that a channel of this
	// name can only be this room. Lower-case letters, digits and hyphens, at most 80.
	Name    string     `json:"name"`
	Purpose string     `json:"purpose,omitempty"` // one line, shown at the channel's head
	People  []PersonID `json:"people,omitempty"`  // to be invited
}

// Room is a channel that exists. Channel is the surface's own id.
type Room struct {
	Channel string `json:"channel"`
	Name    string `json:"name"`
	// Missing counts people who could not be invited.
	Missing int `json:"missing,omitempty"`
}

// Note is a short message in a card's thread, written once per Key. People are
// mentioned, and so notified.
type Note struct {
	Key    string     `json:"key"`
	Text   string     `json:"text"`
	People []PersonID `json:"people,omitempty"`
}
