package activities

import (
	"context"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/gate"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/policy"
)

// JudgeEmergencyInput is an act of the emergency path (C32, C33) and what it is
// judged by besides the directory, the rules and the record.
type JudgeEmergencyInput struct {
	Head     Head               `json:"head"`
	Inbound  compliance.Inbound `json:"inbound"`
	State    change.State       `json:"state"`
	Version  int                `json:"version"`
	Snapshot change.Snapshot    `json:"snapshot"`
	// Route and Votes say, for a break-glass, whose approval is bypassed.
	Route     change.Route      `json:"route,omitzero"`
	Votes     []change.Vote     `json:"votes,omitempty"`
	Asked     []change.Asker    `json:"asked,omitempty"`
	Carried   bool              `json:"carried,omitempty"` // a process carries the change out
	Emergency *change.Emergency `json:"emergency,omitempty"`
	// Gate is the pre-deployment gate, for a break-glass and an answer; nil where there is none.
	Gate *gate.Question `json:"gate,omitempty"`
	Came time.Time      `json:"came"` // when the act was durable
	Now  time.Time      `json:"now"`
}

// JudgedEmergency is what came of it. To is where the change goes, empty when it
// stays where it is; a change that goes to Closed is compared with its ticket first.
type JudgedEmergency struct {
	Person    compliance.PersonID `json:"person,omitempty"`
	Reason    change.Reason       `json:"reason,omitempty"`
	Field     string              `json:"field,omitempty"`
	Detail    string              `json:"detail,omitempty"`
	To        change.State        `json:"to,omitempty"`
	Emergency *change.Emergency   `json:"emergency,omitempty"` // as it stands now; nil when nothing moved
	// For a break-glass: the people of the change, and who is called and how.
	Requester   compliance.PersonID `json:"requester,omitempty"`
	Implementer compliance.PersonID `json:"implementer,omitempty"`
	Call        []Called            `json:"call,omitempty"`
	Index       uint64              `json:"index"`
}

// JudgeEmergency checks and records one act of the emergency path. Like JudgeAct
// it answers a repetition from the record. Acts are judged one at a time: of two
// emergencies of one invoker only one can begin while reviews bar the next. The
// log is held by one process, so this holds for all of them.
func (j *Judgement) JudgeEmergency(ctx context.Context, in JudgeEmergencyInput) (JudgedEmergency, error) {
	j.emergencies.Lock()
	defer j.emergencies.Unlock()
	rules, err := j.Source.Rules(ctx)
	if err != nil {
		return JudgedEmergency{}, translate(&compliance.Failure{Class: compliance.Unavailable, Op: "read the rules", Detail: "see the worker's log", Err: err})
	}
	out, index, err := judged(ctx, j, in.Head, change.ActKey(in.Head.owner(), in.Inbound.Delivery), in.Inbound, in.recalled,
		func(head Head, dir *policy.Directory, person compliance.Person, known bool) (verdict[JudgedEmergency], error) {
			in.Head = head
			g := glass{Judgement: j, in: in, rules: rules, dir: dir, person: person}
			out, facts, err := g.judge(ctx, known)
			if err != nil {
				return verdict[JudgedEmergency]{}, err
			}
			if out.Emergency != nil && in.Inbound.Action == change.ActionBreakGlass {
				// They stand beside the record: what it was allowed by can be read there.
				if _, err := j.Blobs.Put(ctx, rules.Canonical()); err != nil {
					return verdict[JudgedEmergency]{}, &compliance.Failure{Class: compliance.Unavailable, Op: "store the rules", Err: err}
				}
			}
			return verdict[JudgedEmergency]{Event: in.event(out), Facts: facts, Result: out, Reason: string(out.Reason)}, nil
		})
	if err != nil {
		return out, err
	}
	out.Index = index
	return j.equipped(ctx, in, out, rules)
}

// recalled rebuilds the answer from the record of an earlier attempt.
func (in JudgeEmergencyInput) recalled(e evidence.Entry) (JudgedEmergency, error) {
	facts, err := recall[change.ActFacts](e)
	return JudgedEmergency{
		Person: compliance.PersonID(e.Record.Actor.Person), Reason: facts.Reason, To: facts.Result, Emergency: facts.Emergency,
	}, err
}

// equipped adds what is not part of the record: how people are reached. It is read
// anew at every repetition.
func (j *Judgement) equipped(ctx context.Context, in JudgeEmergencyInput, out JudgedEmergency, rules *policy.Rules) (JudgedEmergency, error) {
	if out.Reason != change.OK || in.Inbound.Action != change.ActionBreakGlass {
		return out, nil
	}
	dir, err := People{j.Source}.directory(ctx)
	if err != nil {
		return out, translate(err)
	}
	g := glass{Judgement: j, in: in, rules: rules, dir: dir}
	out.Requester, out.Implementer = g.people()
	d := duty{rules: rules, dir: dir, at: in.Now}
	for _, p := range out.Emergency.Called {
		d.person(p)
	}
	out.Call = d.out.People
	return out, nil
}

// event is the record of the act: what it brought about, or the refusal.
func (in JudgeEmergencyInput) event(out JudgedEmergency) evidence.Event {
	kind, state := change.EventRefused, change.State("")
	if out.Reason == change.OK {
		state = out.To
		switch in.Inbound.Action {
		case change.ActionBreakGlass:
			kind = change.EventEmergency
		case change.ActionAcknowledge:
			kind = change.EventAcknowledged
		case change.ActionFinish:
			kind = change.EventFinished
		case change.ActionReview:
			kind = change.EventReviewed
		case change.ActionRemedy:
			kind = change.EventRemedied
		}
		if state == change.Closed {
			state = in.State // it closes with a record of its own, once its ticket was compared
		}
	}
	ev := in.Head.Event(change.ActKey(in.Head.owner(), in.Inbound.Delivery), kind, in.Inbound.Received)
	ev.State, ev.Final = string(state), state.Terminal()
	if r := out.Emergency; r != nil && r.Retro != nil && r.Retro.Zones != "" {
		ev.ZoneHash = r.Retro.Zones
	}
	return ev
}

// glass is one act of the emergency path in front of its judge.
type glass struct {
	*Judgement
	in     JudgeEmergencyInput
	rules  *policy.Rules
	dir    *policy.Directory
	person compliance.Person
}

// people are the requester and the implementer as the directory knows them now,
// where the version was refused before anybody asked it.
func (g glass) people() (requester, implementer compliance.PersonID) {
	requester, implementer = g.in.Route.Requester, g.in.Route.Implementer
	if requester == "" {
		p, _ := theOne(g.dir, g.in.Snapshot.Requester)
		requester = p.ID
	}
	if implementer == "" {
		p, _ := theOne(g.dir, g.in.Snapshot.Implementer)
		implementer = p.ID
	}
	return requester, implementer
}

// duties are those who are no independent judges of this emergency.
func (g glass) duties() change.Duties {
	requester, implementer := g.people()
	return g.dir.Duties(requester, implementer, g.in.Asked, g.in.Now)
}

// judge applies the pure rules and says what goes on record.
func (g glass) judge(ctx context.Context, known bool) (JudgedEmergency, change.ActFacts, error) {
	in, out := g.in, JudgedEmergency{Person: g.person.ID}
	facts := actFacts(in.Inbound, g.person)
	facts.Version, facts.Hash, facts.Stood = in.Version, in.Snapshot.Hash, string(in.State)
	var err error
	switch b, bad := change.ParseBinding(in.Inbound.Ref); {
	case in.Head.over:
		out.Reason = change.AlreadyClosed
	case in.Carried:
		out.Reason = change.CarriedByOther
	case !known:
		out.Reason = change.UnknownPerson
	case !g.person.ActiveAt(in.Now):
		out.Reason = change.Inactive
	case bad == nil && b.Number != in.Head.Number:
		out.Reason = change.BadRequest // made for another change
	case bad == nil && (b.Version != in.Version || b.Hash != change.ShortHash(in.Snapshot.Hash)):
		out.Reason = change.StaleContent
	default:
		switch in.Inbound.Action {
		case change.ActionBreakGlass:
			err = g.breakGlass(ctx, &out, &facts)
		case change.ActionAcknowledge:
			err = g.acknowledge(ctx, &out)
		case change.ActionFinish:
			err = g.finish(&out)
		case change.ActionReview:
			g.review(&out, &facts)
		case change.ActionRemedy:
			err = g.remedy(ctx, &out)
		default:
			out.Reason = change.BadRequest
		}
	}
	facts.Reason, facts.Emergency, facts.Result = out.Reason, out.Emergency, out.To
	return out, facts, err
}
