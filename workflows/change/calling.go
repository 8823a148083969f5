package change

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/workflows/steps"
)

// Call is one person on call who is paged about an emergency, and how far that
// is. JSON names are frozen.
type Call struct {
	Person   compliance.PersonID `json:"person"`
	Channels []string            `json:"channels,omitempty"` // in their order
	Attempts []incident.Attempt  `json:"attempts,omitempty"`
	Sent     []compliance.Paged  `json:"sent,omitempty"` // of each attempt
}

// standDownTries bounds how often a pager that is down is asked to take a page
// back: the page says itself until when it is of interest.
const standDownTries = 3

// page pages one person through their channels, as an incident would, until a
// provider took it or nobody is asked any more; then it takes the page back. A
// crash in between leaves an attempt whose outcome the engine tells as unknown.
func (c *process) page(ctx workflow.Context, call *Call) {
	e := *c.s.Emergency // another one may follow
	asking := func() bool { return c.calling() && c.s.Emergency.At.Equal(e.At) }
	c.Background(ctx, "page", func(ctx workflow.Context) {
		for asking() {
			next := incident.NextSend(call.Channels, call.Attempts, workflow.Now(ctx))
			switch next.Do {
			case incident.SendNow:
				c.attempt(ctx, e, call, next, asking)
				continue
			case incident.SendWait:
				wait := max(time.Millisecond, next.At.Sub(workflow.Now(ctx)))
				if _, err := workflow.AwaitWithTimeout(ctx, wait, func() bool { return !asking() }); err != nil {
					return
				}
				continue
			}
			if next.Reach == incident.ReachNobody {
				c.s.Logged(compliance.Fact{Text: "Could not be paged:", People: []compliance.PersonID{call.Person}, At: workflow.Now(ctx)})
				c.Show()
			}
			if workflow.Await(ctx, func() bool { return !asking() }) != nil {
				return
			}
		}
		c.standDown(ctx, e, call)
	})
}

// attempt makes one try; it is called back while no worker has it and nobody is
// asked any more.
func (c *process) attempt(ctx workflow.Context, e rules.Emergency, call *Call, next incident.Send, asking func() bool) {
	call.Attempts = append(call.Attempts, incident.Attempt{Channel: next.Channel, Started: workflow.Now(ctx)})
	call.Sent = append(call.Sent, compliance.Paged{Channel: next.Channel})
	i, done := len(call.Attempts)-1, false
	trying, cancel := workflow.WithCancel(ctx)
	workflow.GoNamed(ctx, "call back", func(ctx workflow.Context) {
		if workflow.Await(ctx, func() bool { return done || !asking() }) == nil && !done {
			cancel()
		}
	})
	sent, err := steps.SendPage(trying, steps.SendPageInput{
		Channel: next.Channel, Person: call.Person, Page: c.message(e, call, next.Channel), Repeat: next.Retry || c.Again,
	})
	done = true
	call.Attempts[i].Ended = workflow.Now(ctx)
	switch {
	case err == nil:
		call.Sent[i] = sent
	case temporal.IsCanceledError(err):
		call.Attempts[i].Class = compliance.Unavailable // no worker had it: nothing was sent
	default:
		f := steps.Explain(err)
		call.Attempts[i].Class, call.Attempts[i].RetryAfter = f.Class, f.Pause
		c.Logger.Warn("page not sent", "channel", next.Channel, "class", f.Class, "failure", f.Text)
	}
}

// message is the page as one person gets it through one channel: always the same,
// because providers tell a repetition by it.
func (c *process) message(e rules.Emergency, call *Call, channel string) compliance.Page {
	s := c.s.Version.Snapshot
	ref := c.s.Version.binding(c.s.Number)
	ref.Version, ref.Level, ref.Nonce = e.Version, 0, ""
	return compliance.Page{
		Key:     fmt.Sprintf("%s/emergency/%d/page/%s/%s", c.Owner(), e.At.Unix(), call.Person, channel),
		Subject: c.Self, Number: c.s.Number, Title: "May it go ahead without approval? " + s.Title, Severity: string(incident.Sev1),
		Text: fmt.Sprintf("For %s, on %s, %s. Say go ahead or no before %s; after that it may go ahead without your answer, which is on record.",
			e.Incident, s.System, s.Environment, e.AnswerBy.UTC().Format("15:04 UTC")),
		Link: c.s.Link, At: e.At, Ref: ref.String(),
		Actions: []compliance.Action{{Name: rules.ActionAcknowledge, Label: "Answer…", Style: "primary", Ref: ref.String()}},
	}
}

// standDown takes a page back that somebody may have before them.
func (c *process) standDown(ctx workflow.Context, e rules.Emergency, call *Call) {
	for i, a := range call.Attempts {
		if a.Class != "" && a.Class != compliance.UnknownOutcome {
			continue
		}
		in := steps.StandDownPageInput{
			Channel: a.Channel, Person: call.Person, At: call.Sent[i], Page: c.message(e, call, a.Channel), Why: c.s.Number + " needs no answer any more: the card says how it stands.",
		}
		for n := range standDownTries {
			err := steps.StandDownPage(ctx, in)
			if err == nil || steps.Explain(err).Final || ctx.Err() != nil {
				break
			}
			c.Logger.Warn("not stood down", "channel", a.Channel, "failure", steps.Explain(err).Text)
			if n < standDownTries-1 && workflow.Sleep(ctx, time.Minute) != nil {
				return
			}
		}
	}
}
