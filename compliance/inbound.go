package compliance

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Inbound is one act of a person as it arrives from any surface: a submitted
// form, a pressed button, a command. It is the argument of every update and of
// the fallback signal, so its JSON names are frozen.
type Inbound struct {
	// Delivery identifies this arrival over the sender's repetitions. The same
	// delivery always gets the first answer back.
	Delivery string `json:"delivery"`
	// Surface is where the person acted: "slack", "jira", "pagerduty", "cli" or "web".
	Surface string  `json:"surface"`
	Actor   Account `json:"actor"`
	// Subject is the workflow id the act is about, e.g. "change/example/10042".
	Subject string `json:"subject"`
	// Action is the imperative: "approve", "deny", "abstain", "start", "finish", "withdraw".
	Action string `json:"action"`
	// Ref is the opaque binding the button or form carried (what the person saw).
	Ref     string   `json:"ref,omitempty"`
	Answers []Answer `json:"answers,omitempty"`
	// Received is when the gateway had verified the request.
	Received time.Time `json:"received"`
	// Acted is when the surface says that the person acted, in UTC; zero where it
	// does not say. It may lie hours before Received, when the way here was down.
	Acted time.Time `json:"acted,omitzero"`
	// Message names where the person saw it (channel and message, issue), for the record.
	Message string `json:"message,omitempty"`
	// SignIn is set only by the gateway's own sign-in pages, and cleared when
	// anybody else sends it.
	SignIn *SignIn `json:"sign_in,omitempty"`
}

// ActsPerMinute is how many acts of one account on one subject are taken up in a
// minute: nobody decides more often, and a client that is stuck must not fill a
// history. Acts that may not wait, such as an acknowledgement, are counted apart.
const ActsPerMinute = 20

// TooManyActs is the type of the error with which a process declines an act
// beyond that. Nothing of it is in the history; what stands behind the surface
// puts it on record, as far as that is bounded too.
const TooManyActs = "TooManyActs"

// Answer is what a person filled into one field of a form, together with the
// text that stood beside it.
type Answer struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Shown string `json:"shown,omitempty"`
}

// Answer returns the value given for the named field, empty when absent.
func (in Inbound) Answer(name string) string {
	for _, a := range in.Answers {
		if a.Name == name {
			return a.Value
		}
	}
	return ""
}

// maxAnswers is more than any form has.
const maxAnswers = 20

// Plain reports whether no field is answered twice, since nobody could say which
// answer counts, and whether there are no more answers than a form can have.
func (in Inbound) Plain() bool {
	if len(in.Answers) > maxAnswers {
		return false
	}
	seen := make(map[string]bool, len(in.Answers))
	for _, a := range in.Answers {
		if seen[a.Name] {
			return false
		}
		seen[a.Name] = true
	}
	return true
}

// Text is the text given for the named field with the line endings of a file and
// without white space around it; false when it is not UTF-8, or longer than so many runes.
func (in Inbound) Text(name string, most int) (string, bool) {
	raw := in.Answer(name)
	if !utf8.ValidString(raw) || strings.ContainsRune(raw, 0) {
		return "", false
	}
	raw = strings.TrimSpace(strings.ReplaceAll(raw, "\r\n", "\n"))
	return raw, utf8.RuneCountInString(raw) <= most
}

// minReason is how many runes that can be seen a reason has at least.
const minReason = 3

// Says reports whether a text has enough in it to be a reason.
func Says(text string) bool {
	n := 0
	for _, r := range text {
		if !unicode.IsSpace(r) && unicode.IsGraphic(r) {
			n++
		}
	}
	return n >= minReason
}

// Size is the length of all texts of the act, in bytes.
func (in Inbound) Size() int {
	n := len(in.Delivery) + len(in.Surface) + len(in.Actor.Provider) + len(in.Actor.ID) +
		len(in.Subject) + len(in.Action) + len(in.Ref) + len(in.Message)
	for _, a := range in.Answers {
		n += len(a.Name) + len(a.Value) + len(a.Shown)
	}
	return n
}

// Outcome says what became of an Inbound.
type Outcome string

const (
	// Recorded: the act counts and its evidence record exists; or, for an act that
	// must not wait for the log (G3), will exist: it is durable and cannot be lost.
	Recorded Outcome = "recorded"
	// Declined: the act was refused by the rules; the refusal is evidence.
	Declined Outcome = "declined"
	// Received: the act is durable, its outcome follows on the card.
	Received Outcome = "received"
	// NotRecorded: nothing was made durable; the person must act again.
	NotRecorded Outcome = "not-recorded"
)

// Unreachable is the Reason of a NotRecorded reply when the process could not be
// reached in time: the same delivery may be taken when it comes again.
const Unreachable = "unreachable"

// Reply is the answer to an Inbound. Text is one or two sentences for the
// person who acted; Field names the form field it belongs to, if any; Reason
// is the typed reason of the process, for tests, logs and the record.
type Reply struct {
	Outcome Outcome `json:"outcome"`
	Reason  string  `json:"reason,omitempty"`
	Text    string  `json:"text"`
	Field   string  `json:"field,omitempty"`
	// People are those whom Text names by their ids; where it is shown they are
	// called by their names (NamePeople).
	People []PersonID `json:"people,omitempty"`
	// Times are the instants that Text names; where it is shown they are by the
	// reader's clock (PlaceTimes).
	Times []time.Time `json:"times,omitempty"`
	// Link is where the person can go on, for example to sign in; surfaces show
	// it below the text.
	Link string `json:"link,omitempty"`
}

// TicketEvent is the fact that something happened to a ticket. It is a hint:
// the process reads the ticket again and believes only that.
type TicketEvent struct {
	Delivery string  `json:"delivery"`
	Site     string  `json:"site"`      // short name of the tracker site, from configuration
	TicketID string  `json:"ticket_id"` // the tracker's immutable id
	Key      string  `json:"key"`       // the tracker's readable key, e.g. OPS-12; may change
	Actor    Account `json:"actor"`
	// Entered is set when the event moved the ticket into the configured
	// submit status; only then may a process be started for it.
	Entered bool `json:"entered,omitempty"`
	// MovedTo is the status into which this actor moved the ticket with this
	// event, by its kind's logical name where it has one; empty when they did not.
	MovedTo  string    `json:"moved_to,omitempty"`
	Deleted  bool      `json:"deleted,omitempty"`
	Received time.Time `json:"received"`
	// Kind is what the ticket's type says that it is.
	Kind TicketKind `json:"kind,omitempty"`
	// Subject is the workflow id that the ticket carries, see NewTicket. Whoever
	// may edit the ticket can change it: a process ignores the events of tickets
	// that it does not know.
	Subject string `json:"subject,omitempty"`
}
