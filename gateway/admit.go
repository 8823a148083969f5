package gateway

import (
	"strings"
	"unicode/utf8"

	"github.com/lowcodex/countersign/compliance"
)

// The reasons that the gateway itself gives in compliance.Reply.Reason; all
// others are those of the process. They are metric labels as well, so frozen.
const (
	ReasonUnknownSubject = "unknown-subject"      // no process has this kind of subject
	ReasonUnknownAction  = "unknown-action"       // the process does not know this action
	ReasonMalformed      = "malformed"            // a field is missing or cannot be right
	ReasonTooLarge       = "too-large"            // more than a form can hold
	ReasonTooMany        = "too-many"             // the account acts on the subject too often
	ReasonRejected       = "rejected"             // the process declined to look at it
	ReasonPending        = "pending"              // in the process's history, outcome to follow
	ReasonSignalled      = "signalled"            // durable as a signal, nobody looked at it yet
	ReasonUnreachable    = compliance.Unreachable // the engine did not take it in time
	ReasonNotKept        = "not-kept"             // the recording itself failed
	ReasonBegun          = "begun"                // a process has begun with it
)

// Limits of an act, in bytes. A form of a message surface stays far below; the
// engine would refuse an id above 1,000.
const (
	maxID      = 255    // subject, account, names
	maxRef     = 500    // compliance.Action.Ref
	maxDeliver = 1000   // the delivery as the surface calls it
	maxAnswers = 64     // fields of a form
	maxAct     = 64_000 // everything together
)

// refusal is why an act cannot be routed.
type refusal struct{ reason, text string }

// reply answers the person; kept says that the attempt itself is durable.
func (r *refusal) reply(kept bool) compliance.Reply {
	if kept {
		return compliance.Reply{Outcome: compliance.Declined, Reason: r.reason, Text: "Nothing was changed, and your attempt is on record: " + r.text}
	}
	return compliance.Reply{Outcome: compliance.NotRecorded, Reason: r.reason, Text: "Nothing was recorded: " + r.text}
}

// admit finds the process of an act. It looks at shape only and never at
// rights: those are the process's to judge, so a refusal here is kept to what no
// process could make sense of.
func (g *Gateway) admit(in compliance.Inbound) (Process, *refusal) {
	switch {
	case in.Size() > maxAct, len(in.Answers) > maxAnswers:
		return Process{}, &refusal{ReasonTooLarge, "the answers are longer than a decision can hold. Please shorten them, and link long texts instead."}
	case in.Delivery == "" || len(in.Delivery) > maxDeliver,
		in.Actor.Provider == "" || len(in.Actor.Provider) > maxID,
		in.Actor.ID == "" || len(in.Actor.ID) > maxID,
		in.Surface == "" || len(in.Surface) > maxID,
		len(in.Ref) > maxRef,
		!valid(in):
		return Process{}, &refusal{ReasonMalformed, "the request came back damaged. Please open the card again and repeat."}
	}
	process, known := g.processOf(in.Subject)
	if !known {
		return Process{}, &refusal{ReasonUnknownSubject, "this installation does not know what the button belongs to. Please open the newest card."}
	}
	if !process.owns(in.Subject) {
		return Process{}, &refusal{ReasonMalformed, "the request came back damaged. Please open the card again and repeat."}
	}
	if _, known := process.Update(in.Action); !known && !process.begins(in) {
		return Process{}, &refusal{ReasonUnknownAction, "this action is not known here. Please open the newest card; it shows what can be done."}
	}
	return process, nil
}

// owns reports whether a subject can be a workflow id of the process.
func (p Process) owns(subject string) bool {
	return len(subject) <= maxID && wellFormed(strings.TrimPrefix(subject, p.Prefix))
}

// wellFormed reports whether the part of a subject after its prefix consists of
// non-empty elements of visible ASCII, as every workflow id of the product does.
func wellFormed(rest string) bool {
	for element := range strings.SplitSeq(rest, "/") {
		if element == "" || element == "." || element == ".." {
			return false
		}
		for _, c := range []byte(element) {
			if c <= ' ' || c >= 0x7f {
				return false
			}
		}
	}
	return true
}

// valid reports whether every text of the act survives being encoded: JSON
// would replace bytes that are not UTF-8, and the record would then differ from
// what the person sent.
func valid(in compliance.Inbound) bool {
	texts := []string{in.Delivery, in.Surface, in.Actor.Provider, in.Actor.ID, in.Subject, in.Action, in.Ref, in.Message}
	for _, a := range in.Answers {
		texts = append(texts, a.Name, a.Value, a.Shown)
	}
	for _, t := range texts {
		if !utf8.ValidString(t) {
			return false
		}
	}
	return true
}
