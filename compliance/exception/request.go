package exception

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/gate"
)

// The fields of a request besides those of acts.
const (
	FieldControl      = "control"
	FieldSystem       = "system"
	FieldEnvironment  = "environment"
	FieldChange       = "change"
	FieldCompensating = "compensating"
	FieldOwner        = "owner"
	FieldVerifier     = "verifier"
	FieldSince        = "since"
)

// gateControls begins the controls that are checks of a gate.
const gateControls = "gate/"

// NewSubject stands for the exception that a request will make.
const NewSubject = IDPrefix + "new"

// Request is a request, read and complete. Reason and Compensating are what a
// person wrote: they are kept as blobs and never stand in a record.
type Request struct {
	Control      string `json:"control"`
	System       string `json:"system"`
	Environment  string `json:"environment,omitempty"`
	Change       string `json:"change,omitempty"`
	Reason       string `json:"reason"`
	Compensating string `json:"compensating"`
	// Owner and Verifier are as they were written until they are looked up in the
	// directory: an id, a name or an e-mail address. Owner is who asks, when empty.
	Owner    compliance.PersonID `json:"owner,omitempty"`
	Verifier compliance.PersonID `json:"verifier"`
	Since    Date                `json:"since,omitzero"` // the day of the request, when there is none
	Until    Date                `json:"until"`
}

var (
	controlPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_/-]{0,99}$`)
	namePattern    = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)
	changePattern  = regexp.MustCompile(`^CHG-[1-9][0-9]{0,14}$`)
	personPattern  = regexp.MustCompile(`^[^\pC]{1,100}$`)
)

// ParseRequest reads a request. Where something is wrong it gives the reason and
// the form field it belongs to.
func ParseRequest(in compliance.Inbound) (Request, Reason, string) {
	var r Request
	if in.Action != ActionRequest || !in.Plain() {
		return r, BadRequest, ""
	}
	var owner, verifier string
	for _, f := range []struct {
		field   string
		into    *string
		pattern *regexp.Regexp
		needed  bool
	}{
		{FieldControl, &r.Control, controlPattern, true},
		{FieldSystem, &r.System, namePattern, true},
		{FieldEnvironment, &r.Environment, namePattern, false},
		{FieldChange, &r.Change, changePattern, false},
		{FieldReason, &r.Reason, nil, true},
		{FieldCompensating, &r.Compensating, nil, true},
		{FieldVerifier, &verifier, personPattern, true},
		{FieldOwner, &owner, personPattern, false},
	} {
		var bad Reason
		if *f.into, bad = text(in, f.field, maxNote); bad != OK {
			return r, bad, f.field
		}
		switch {
		case *f.into == "" && !f.needed:
		case *f.into == "", f.pattern == nil && !compliance.Says(*f.into):
			return r, MissingAnswer, f.field
		case f.pattern != nil && !f.pattern.MatchString(*f.into):
			return r, UnreadableName, f.field
		}
	}
	r.Owner, r.Verifier = compliance.PersonID(owner), compliance.PersonID(verifier)
	var bad Reason
	if r.Until, bad = date(in, FieldUntil); bad != OK {
		return r, bad, FieldUntil
	}
	if in.Answer(FieldSince) != "" {
		if r.Since, bad = date(in, FieldSince); bad != OK {
			return r, bad, FieldSince
		}
	}
	return r, OK, ""
}

// Asked is what policy, directory and record say of a request at the instant it is
// judged.
type Asked struct {
	Requester compliance.PersonID
	Reason    Reason // why the person may not ask; OK
	HasTerms  bool
	Terms     Terms
	System    bool // the policy knows the system
	Place     bool // the system has the environment, or none was named
	Change    bool // the change is on record, or none was named
	Over      bool // that change has ended
	Owner     bool // the owner is an active person
	Verifier  bool // the verifier is an active person
	// Approvers counts those who are left to decide without owner, requester and
	// those who act for them.
	Approvers int
}

// Open judges a request. The exception is in the state Requested, or Refused
// with the reason and the field it belongs to.
func Open(r Request, a Asked, local Local, now time.Time) (Exception, Reason, string) {
	e := Exception{
		Schema: Schema, Control: r.Control, System: r.System, Environment: r.Environment, Change: r.Change,
		Requester: a.Requester, Owner: r.Owner, Verifier: r.Verifier, Terms: a.Terms, State: Refused, Last: r.Until, Since: r.Since,
	}
	if e.Owner == "" {
		e.Owner = a.Requester
	}
	if e.Since.IsZero() {
		e.Since = local.Today
	}
	reason, field := a.judge(e, local)
	if reason != OK {
		return e, reason, field
	}
	e.State = Requested
	return e.ask(r.Until, nil, local), OK, ""
}

func (a Asked) judge(e Exception, local Local) (Reason, string) {
	switch {
	case a.Reason != OK:
		return a.Reason, ""
	case !a.HasTerms:
		return NoTerms, FieldControl
	case strings.HasPrefix(e.Control, gateControls) && !slices.ContainsFunc(gate.Checks(), func(c gate.Check) bool { return c.Control() == e.Control }):
		return UnknownCheck, FieldControl // it would be decided on, trusted, and let nothing past
	case !a.System:
		return UnknownSystem, FieldSystem
	case !a.Place:
		return UnknownPlace, FieldEnvironment
	case !a.Change:
		return UnknownChange, FieldChange
	case a.Over:
		return ChangeOver, FieldChange
	case !a.Owner:
		return UnknownOwner, FieldOwner
	case !a.Verifier:
		return UnknownVerifier, FieldVerifier
	case e.Verifier == e.Owner:
		return SelfVerified, FieldVerifier
	case e.Since.After(local.Today):
		return BadSince, FieldSince
	case e.Last.Before(local.Today):
		return InThePast, FieldUntil
	case e.Last.After(local.Today.Add(a.Terms.MaxDays)):
		return TooLong, FieldUntil
	case a.Approvers < a.Terms.Quorum:
		return NobodyDecides, ""
	}
	return OK, ""
}

// ask begins a decision. It is over with the last day that is asked for.
func (e Exception) ask(until Date, terms *Terms, local Local) Exception {
	within := e.Terms.DecideWithin
	if terms != nil {
		within = terms.DecideWithin
	}
	day := local.Today.Add(within)
	if until.Before(day) {
		day = until
	}
	e.Rounds++
	e.Round = &Round{N: e.Rounds, Until: until, By: at(local, day.Add(1), 0), Terms: terms}
	return e
}
