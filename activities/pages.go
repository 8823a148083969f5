package activities

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Pager is what the pages capability needs of one way out to responders. Every
// error is a *compliance.Failure. The implementation makes one attempt: it does
// not retry and does not try anything else, because when to try again and
// through which channel is the process's decision. It ends with ctx.
type Pager interface {
	// Send calls one person, once per page.Key. With repeat an earlier attempt
	// may have had its effect: a channel that can look for it looks first and
	// adopts what it finds; a channel that cannot says in its own doc what a
	// repetition does. That the result names a message proves that the provider
	// took it, not that anybody saw it.
	//
	// Unavailable and Throttled: nothing was sent, and the same call may be made
	// again. UnknownOutcome: it may have been sent. Any other class: nothing was
	// sent, and making the same call again does not help.
	Send(ctx context.Context, to compliance.Account, page compliance.Page, repeat bool) (compliance.Paged, error)
	// StandDown tells the person that the page is no longer theirs to answer, and
	// why, in one sentence. Repeating it is harmless. at is what Send returned;
	// with an empty at.Ref nobody knows whether something was sent, and the
	// channel looks for it. A page that is not there (any more) is no error.
	StandDown(ctx context.Context, to compliance.Account, at compliance.Paged, page compliance.Page, why string) error
}

// Pages is the capability to page people. A channel is named after the
// provider whose account of a person it reaches; on compliance.MailChannel a
// person without such an account is reached at their e-mail address.
type Pages struct {
	// Channels are those that are configured here.
	Channels map[string]Pager
	People   People
}

// answerMargin is what an attempt leaves of its time, so that it ends with a
// classified error and not with the engine's time-out.
const answerMargin = 500 * time.Millisecond

// SendPageInput says who is called, through which channel, and with what. Either
// Person or Contact is set.
type SendPageInput struct {
	Channel string `json:"channel"`
	// Person is looked up in the live directory when the page is sent.
	Person compliance.PersonID `json:"person,omitempty"`
	// Contact is an address on the channel that belongs to no person, such as
	// that of a fixed fallback contact.
	Contact string          `json:"contact,omitempty"`
	Page    compliance.Page `json:"page"`
	// Repeat is set when an earlier attempt with the same page may have had its effect.
	Repeat bool `json:"repeat,omitempty"`
}

// SendPage makes one attempt to page one person through one channel. A crash
// after the provider took the page and before this is known leaves an attempt
// of unknown outcome; another one through the same channel says Repeat.
//
// It fails as Blocked when the channel is not configured here, and as Invalid
// when the page is not whole or the person has no address on the channel.
func (p *Pages) SendPage(ctx context.Context, in SendPageInput) (compliance.Paged, error) {
	repeat := repeated(ctx, in.Repeat)
	if err := in.Page.Check(); err != nil {
		return compliance.Paged{}, translate(&compliance.Failure{Class: compliance.Invalid, Op: "page", Detail: oneLine(err), Err: err})
	}
	pager, to, err := p.reach(ctx, "page", in.Channel, in.Person, in.Contact)
	if err != nil {
		return compliance.Paged{}, translate(err)
	}
	attempt, cancel := inTime(ctx)
	defer cancel()
	paged, err := pager.Send(attempt, to, in.Page, repeat)
	if err != nil {
		return compliance.Paged{}, translate(err)
	}
	paged.Channel = in.Channel
	done(ctx, "page sent", "page", in.Page.Key, "channel", in.Channel, "repeat", repeat)
	return paged, nil
}

// StandDownPageInput names the page that is no longer to be answered. At is
// what SendPage returned, zero when its outcome is not known.
type StandDownPageInput struct {
	Channel string              `json:"channel"`
	Person  compliance.PersonID `json:"person,omitempty"`
	Contact string              `json:"contact,omitempty"`
	At      compliance.Paged    `json:"at"`
	Page    compliance.Page     `json:"page"`
	// Why is one sentence for the person, e.g. "p-ann acknowledged at 03:07 UTC.";
	// People are those whom it names by their ids, and Times the instants that it
	// names, which the person gets by their own clock.
	Why    string                `json:"why"`
	People []compliance.PersonID `json:"people,omitempty"`
	Times  []time.Time           `json:"times,omitempty"`
}

// StandDownPage tells a person that was paged that the page is no longer theirs
// to answer. It may run any number of times. It fails as SendPage does.
func (p *Pages) StandDownPage(ctx context.Context, in StandDownPageInput) (Done, error) {
	if err := in.Page.Check(); err != nil {
		return Done{}, translate(&compliance.Failure{Class: compliance.Invalid, Op: "stand down", Detail: oneLine(err), Err: err})
	}
	pager, to, err := p.reach(ctx, "stand down", in.Channel, in.Person, in.Contact)
	if err != nil {
		return Done{}, translate(err)
	}
	attempt, cancel := inTime(ctx)
	defer cancel()
	in.At.Channel = in.Channel
	people, err := p.People.Named(ctx, append([]compliance.PersonID{in.Person}, in.People...))
	if err != nil {
		return Done{}, translate(err)
	}
	why := compliance.PlaceTimes(in.Why, in.Times, clockOf(people[in.Person]))
	why = compliance.NamePeople(why, in.People, func(id compliance.PersonID) string { return cmp.Or(people[id].Name, string(id)) })
	if err := pager.StandDown(attempt, to, in.At, in.Page, why); err != nil {
		return Done{}, translate(err)
	}
	done(ctx, "page stood down", "page", in.Page.Key, "channel", in.Channel)
	return Done{}, nil
}

// reach finds the channel, and the person's or contact's address on it.
func (p *Pages) reach(ctx context.Context, op, channel string, person compliance.PersonID, contact string) (Pager, compliance.Account, error) {
	op += " through " + channel
	invalid := func(format string, args ...any) error {
		return &compliance.Failure{Class: compliance.Invalid, Op: op, Detail: fmt.Sprintf(format, args...)}
	}
	pager, ok := p.Channels[channel]
	if !ok {
		there := "none"
		if len(p.Channels) > 0 {
			there = strings.Join(slices.Sorted(maps.Keys(p.Channels)), ", ")
		}
		return nil, compliance.Account{}, &compliance.Failure{
			Class: compliance.Blocked, Op: op,
			Detail: fmt.Sprintf("channel %q is not configured here; configured: %s", channel, there),
		}
	}
	switch {
	case (person == "") == (contact == ""):
		return nil, compliance.Account{}, invalid("name either a person or a fixed contact")
	case contact != "":
		return pager, compliance.Account{Provider: channel, ID: contact}, nil
	}
	dir, err := p.People.directory(ctx)
	if err != nil {
		return nil, compliance.Account{}, err
	}
	who, ok := dir.Person(person)
	if !ok {
		return nil, compliance.Account{}, invalid("the directory has no person %s", person)
	}
	address := who.Accounts[channel]
	if address == "" && channel == compliance.MailChannel {
		address = who.Email
	}
	if address == "" {
		return nil, compliance.Account{}, invalid("add a %s account to %s in the directory", channel, person)
	}
	return pager, compliance.Account{Provider: channel, ID: address}, nil
}

// inTime is ctx, ending answerMargin before the attempt's time is over.
func inTime(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-answerMargin))
}

// oneLine is the text of several errors on one line.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
