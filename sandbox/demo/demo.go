// Package demo plays what the product does on a running stage, as the people of
// the example organisation, and tells what happens: a change, a vendor's document,
// an exception, an incident, a patch rollout and an edit by hand. It acts only where people act: on
// tickets, cards and pagers, in monitoring, in the editor of an installation and at the command line.
package demo

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/sandbox/stage"
)

// within bounds each story on a slow machine; it takes seconds.
const within = 3 * time.Minute

// All names every story.
const All = "all"

// story is one process told from its beginning to its end.
type story struct {
	name, title string
	tell        func(*play, context.Context) error
}

func stories() []story {
	return []story{
		{"change", "A change, from ticket to proof", (*play).change},
		{"certification", "A vendor's report: chased, renewed, taken back", (*play).certification},
		{"exception", "An exception: asked for, granted, and over at once", (*play).exception},
		{"incident", "An incident, from alert to review", (*play).incident},
		{"patch", "A patch, ring by ring, and one that is taken back", (*play).patch},
		{"observation", "An edit by hand: found, told, explained", (*play).observation},
	}
}

// Stories lists the names, in the order in which they are played.
func Stories() []string {
	var names []string
	for _, s := range stories() {
		names = append(names, s.name)
	}
	return names
}

// Choose reads a choice of stories, separated by commas.
func Choose(text string) ([]string, error) {
	var chosen []string
	for name := range strings.SplitSeq(text, ",") {
		switch name = strings.TrimSpace(name); {
		case name == All || name == "true":
			return Stories(), nil
		case !slices.Contains(Stories(), name):
			return nil, fmt.Errorf("there is no story %q: choose from %s, or %s", name, strings.Join(Stories(), ", "), All)
		}
		chosen = append(chosen, name)
	}
	return chosen, nil
}

// Play plays the chosen stories, then stops the stage and proves from outside, as
// an auditor would, what is on record. The error says what did not happen, or
// that the evidence does not verify.
func Play(ctx context.Context, s *stage.Stage, chosen []string, out io.Writer) error {
	if s.Site.Slack == nil || s.Site.Jira == nil || s.Site.Monitoring == nil {
		return fmt.Errorf("the demo plays people at stand-ins: unset the SLACK_, JIRA_, PAGERDUTY_, SMTP_ and ALERTS_ variables")
	}
	p := &play{stage: s, out: out, began: time.Now(), brief: len(chosen) > 1}
	for _, story := range stories() {
		if !slices.Contains(chosen, story.name) {
			continue
		}
		if err := p.tell(ctx, story); err != nil {
			return fmt.Errorf("%s: %w", story.name, err)
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
	stage    *stage.Stage
	out      io.Writer
	began    time.Time
	brief    bool     // several stories: their evidence in a line each
	subjects []string // what the stories are about, by workflow id
	ticket   string   // key of the change's ticket
	start    time.Time
}

func (p *play) tell(ctx context.Context, s story) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	began := time.Now()
	_, _ = fmt.Fprintf(p.out, "== %s\n\n", s.title)
	if err := s.tell(p, ctx); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(p.out, "\nThis took %s.\n\n", time.Since(began).Round(100*time.Millisecond))
	return nil
}

// about notes what a story is about, for the proof.
func (p *play) about(subject string) { p.subjects = append(p.subjects, subject) }

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

// moment is an instant in a record, with the day when it is another one.
func moment(t time.Time) string {
	if now := time.Now(); t.Local().Format(time.DateOnly) != now.Format(time.DateOnly) {
		return t.Local().Format("Mon 2 Jan 15:04:05")
	}
	return clock(t)
}
