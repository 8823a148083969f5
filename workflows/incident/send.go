package incident

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/workflows/steps"
)

// send pages one person through their channels, in a coroutine of its own:
// nobody waits for somebody else's provider (I18).
func (p *process) send(ctx workflow.Context, n int, r *Recipient) {
	if r.Over {
		return
	}
	p.sending++
	p.beside("page", func(ctx workflow.Context) {
		p.call(ctx, n, r)
		r.Over = true
		p.sending--
		p.settle(ctx, n)
		if !p.wanted(n) {
			p.standDown(ctx) // it left although nobody was needed any more (I10)
		}
	})
}

func (p *process) wanted(n int) bool { return rules.Wanted(p.s.Standing, n) == rules.OK }

// call tries one channel after the other until a provider took the page, none
// is left, or it is no longer wanted.
func (p *process) call(ctx workflow.Context, n int, r *Recipient) {
	for {
		if !p.wanted(n) {
			if r.Reach == rules.ReachPending {
				r.Reach, r.Why = rules.ReachNobody, rules.NoLongerWanted
			}
			return
		}
		next := rules.NextSend(r.channels(), r.Attempts, workflow.Now(ctx))
		switch next.Do {
		case rules.SendDone:
			r.Reach = next.Reach
			if next.Reach == rules.ReachNobody {
				r.Why = next.Reason
			}
			return
		case rules.SendWait:
			wait := max(time.Millisecond, next.At.Sub(workflow.Now(ctx)))
			if _, err := workflow.AwaitWithTimeout(ctx, wait, func() bool { return !p.wanted(n) }); err != nil {
				return
			}
		default:
			p.attempt(ctx, n, r, next)
		}
	}
}

// attempt makes one try. It is in the state before and after (I18): a crash in
// between leaves one whose outcome the engine tells as unknown.
func (p *process) attempt(ctx workflow.Context, n int, r *Recipient, next rules.Send) {
	i := len(r.Attempts)
	r.Attempts = append(r.Attempts, rules.Attempt{Channel: next.Channel, Started: workflow.Now(ctx)})
	r.Sent = append(r.Sent, compliance.Paged{Channel: next.Channel})
	// A page that nobody took yet is called back when it is not wanted any more;
	// one that a provider has is waited for, and its target stood down.
	trying, cancel := workflow.WithCancel(ctx)
	done := false
	workflow.GoNamed(ctx, "call back", func(ctx workflow.Context) {
		if workflow.Await(ctx, func() bool { return done || !p.wanted(n) }) == nil && !done {
			cancel()
		}
	})
	sent, err := steps.SendPage(trying, steps.SendPageInput{
		Channel: next.Channel, Person: r.Called.Person, Contact: r.address(next.Channel),
		Page: p.message(n, r, next.Channel), Repeat: next.Retry || p.Again || p.Continued,
	})
	done = true
	a := &r.Attempts[i]
	a.Ended = workflow.Now(ctx)
	switch {
	case err == nil:
		r.Sent[i] = sent
	case temporal.IsCanceledError(err):
		a.Class = compliance.Unavailable // no worker had it: nothing was sent
	default:
		f := steps.Explain(err)
		a.Class, a.RetryAfter = f.Class, f.Pause
		p.Logger.Warn("page not sent", "page", n, "channel", next.Channel, "class", f.Class, "failure", f.Text)
	}
	p.move()
}

// message is the page as one person gets it through one channel: always the
// same, because providers tell a repetition by it.
func (p *process) message(n int, r *Recipient, channel string) compliance.Page {
	s := &p.s
	page := s.page(n)
	d := page.Decision
	m := compliance.Page{
		Key: rules.PageKey(p.Owner(), n, r.Person, channel), Subject: p.Self, Number: s.name(), Title: s.Title,
		Severity: string(s.Standing.Severity), At: page.At, Text: p.pageText(page),
	}
	b := rules.Binding{Incident: s.Standing.ID, Page: n, Step: d.Step, Expires: page.At.Add(rules.ButtonFor).UTC().Truncate(time.Second)}
	m.Ref = b.String()
	m.Link = s.Link
	if m.Link == "" {
		m.Link = s.Outside
	}
	m.Actions = []compliance.Action{
		{Name: rules.ActionAcknowledge, Label: "Acknowledge", Style: "primary", Ref: m.Ref},
		{Name: rules.ActionResolve, Label: "Resolve…", Ref: m.Ref},
	}
	return m
}

// standDown tells everybody who may have a page before them, and is no longer
// needed, that it is no longer theirs to answer (I10).
func (p *process) standDown(ctx workflow.Context) {
	people := rules.StandDown(p.s.Standing, p.s.notices())
	if len(people) == 0 {
		return
	}
	reason := rules.Reason(rules.AckStands)
	if !p.s.Standing.State.Pages() {
		reason = rules.AlreadyResolved
	}
	why := p.why()
	p.behind(ctx, rules.EventStoodDown, "", rules.StandDownFacts{Reason: reason, People: people})
	for i := range p.s.Pages {
		n := p.s.Pages[i].N
		for _, r := range p.s.Pages[i].To {
			if r.Told || !r.left() || !named(people, r.Person) {
				continue
			}
			r.Told = true
			p.beside("stand down", func(ctx workflow.Context) { p.tell(ctx, n, r, why) })
		}
	}
}

// tell stands one person down on every channel that may have reached them. A
// provider that is down is waited for, longer and longer; one that refuses for
// good has nothing left to take back.
func (p *process) tell(ctx workflow.Context, n int, r *Recipient, why compliance.Reply) {
	for i, a := range r.Attempts {
		if a.Class != "" && a.Class != compliance.UnknownOutcome {
			continue
		}
		in := steps.StandDownPageInput{
			Channel: a.Channel, Person: r.Called.Person, Contact: r.address(a.Channel), At: r.Sent[i], Page: p.message(n, r, a.Channel),
			Why: why.Text, People: why.People, Times: why.Times,
		}
		if a.Class == compliance.UnknownOutcome {
			in.At = compliance.Paged{}
		}
		_, err := steps.Persist(ctx, func(bool) (steps.Done, error) { return steps.Done{}, steps.StandDownPage(ctx, in) }, func(steps.Failed) {})
		if ctx.Err() != nil {
			r.Told = false // the next run tells them
			return
		}
		if err != nil {
			p.Logger.Warn("not stood down", "page", n, "channel", a.Channel, "failure", steps.Explain(err).Text)
		}
	}
}

// why is the sentence for whoever stands down, with whom and when it names.
func (p *process) why() compliance.Reply {
	s := p.s.Standing
	if !s.State.Pages() {
		return compliance.Reply{Text: p.s.name() + " is resolved."}
	}
	for _, a := range s.Acks {
		return compliance.Reply{
			Text:   fmt.Sprintf("%s acknowledged at %s.", a.Person, compliance.SpokenClock(a.At)),
			People: []compliance.PersonID{a.Person}, Times: []time.Time{a.At},
		}
	}
	return compliance.Reply{Text: p.s.name() + " is in hand."}
}

func named(people []compliance.PersonID, who compliance.PersonID) bool {
	for _, p := range people {
		if p == who {
			return true
		}
	}
	return false
}
