// Package demo plays a whole change on a running stage, as the people of the
// example organisation, and tells what happens. It acts only where people act:
// on the ticket and on the card, through the vendors' signed requests.
package demo

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/lowcodex/countersign/sandbox/stage"
)

const (
	// within bounds the whole story on a slow machine; it takes seconds.
	within = 5 * time.Minute
	// ahead is how far off the planned start lies when the ticket is opened, so
	// that the approved change has to wait for it.
	ahead = 12 * time.Second
)

// Play plays the story, then stops the stage and proves from outside, as an
// auditor would, what is on record. The error says what did not happen, or
// that the evidence does not verify.
func Play(ctx context.Context, s *stage.Stage, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	p := &play{stage: s, out: out, began: time.Now()}
	if s.Site.Slack == nil || s.Site.Jira == nil {
		return fmt.Errorf("the demo plays people at stand-ins: unset the SLACK_ and JIRA_ variables")
	}
	for _, act := range []func(context.Context) error{p.submit, p.refused, p.approvals, p.window, p.execution} {
		if err := act(ctx); err != nil {
			return err
		}
	}
	p.say("", "Everything is stopped. What remains is the evidence.")
	if err := s.Stop(); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	return p.prove(ctx)
}

// play is the state of one telling.
type play struct {
	stage  *stage.Stage
	out    io.Writer
	began  time.Time
	ticket string // its key
	id     string // its immutable id
	start  time.Time
}

// title is the change's title; cards are found by it.
const title = "Raise the invoice limit to 5,000"

// say tells one line. What the product does has no name before it.
func (p *play) say(who, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if who != "" {
		text = who + " " + text
	}
	_, _ = fmt.Fprintf(p.out, "%s  %s\n", time.Now().Format("15:04:05"), text)
}

// note tells more about the line before it.
func (p *play) note(format string, args ...any) {
	_, _ = fmt.Fprintf(p.out, "          %s\n", fmt.Sprintf(format, args...))
}

func clock(t time.Time) string { return t.Local().Format("15:04:05") }
