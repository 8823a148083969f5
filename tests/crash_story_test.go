package tests

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// plot is what happens in a story.
type plot string

const (
	// straight is a change: two levels, three approvers, execution.
	straight plot = "straight"
	// winding is a change that is denied, mended and submitted again, voided by an
	// edit after an approval, and withdrawn in its third version.
	winding plot = "winding"
	// heldPlot is a change that is put on hold, resumed, objected to after its approval,
	// taken up again, edited without effect on its votes, and carried out.
	heldPlot plot = "held"
	// supersededPlot is an approved change that a newer one takes the place of.
	supersededPlot plot = "superseded"
	// emergencyPlot is a change that goes past its approvals for an incident, and is
	// reviewed afterwards.
	emergencyPlot plot = "emergency"
	// expiredPlot is a change that nobody decides on although they are reminded and
	// others are called; it is submitted again and withdrawn.
	expiredPlot plot = "expired"
	// gatedPlot is a change whose gate is open until its evidence is handed over.
	gatedPlot plot = "gated"
	// exceptionPlot is an exception that is granted, ends because its compensating
	// control fails, and is remedied.
	exceptionPlot plot = "exception"
	// incidentPlot is an alert that pages one person, then two more on other
	// channels, is acknowledged, resolved, reviewed and closed.
	incidentPlot plot = "incident"
	// certificationPlot is a document that is chased, comes, is chased again and
	// superseded by its renewal.
	certificationPlot plot = "certification"
	// rolloutPlot is a payload that goes through two rings.
	rolloutPlot plot = "rollout"
	// wayBackPlot is one whose test fails in the second ring: it goes back by
	// itself and is barred, until somebody lifts the bar.
	wayBackPlot plot = "way back"
	// feedsPlot is an advisory that opens a rollout, a catalogue that lists it later
	// and contradicts itself, and one that goes back in time and is well again.
	feedsPlot plot = "feeds"
	// observationPlot is an edit of a target by hand that is found, told, and explained
	// by an incident.
	observationPlot plot = "observation"
)

func plots() []plot {
	return []plot{
		straight, winding, heldPlot, supersededPlot, emergencyPlot, expiredPlot, gatedPlot, exceptionPlot, incidentPlot, certificationPlot, rolloutPlot, wayBackPlot,
		feedsPlot, observationPlot,
	}
}

// story is one playing of a plot.
type story interface {
	// steps are what people and senders do, and what they wait for.
	steps() []step
	// check compares what is there with what must be.
	check(ctx context.Context, f *findings)
	// numbers are those that it took from each series of the evidence log.
	numbers() map[string]int
}

// step is a part of a story and what it waits for.
type step struct {
	name string
	do   func(ctx context.Context) error
}

// tale is what every story has.
type tale struct {
	c     *crashWorld
	title string
	plot  plot
	// absent keeps the worker away while one person acts.
	absent bool
	// killed is set when something was killed: a page may then be there twice.
	killed bool
}

// next begins a story at a point; with an empty one nothing is killed.
func (c *crashWorld) next(p crashPoint) (story, *tale) {
	c.stories++
	t := &tale{c: c, title: fmt.Sprintf("Story %d of the matrix", c.stories), plot: p.plot, absent: p.absent}
	var s story
	switch p.plot {
	case incidentPlot:
		s = newIncidentStory(t)
	case certificationPlot:
		s = newCertificationStory(t)
	case rolloutPlot, wayBackPlot:
		s = newPatchStory(t)
	case exceptionPlot:
		s = newExceptionStory(t)
	case feedsPlot:
		s = newFeedsStory(t)
	case observationPlot:
		s = newObservationStory(t)
	default:
		s = newChangeStory(t)
	}
	for series, n := range s.numbers() {
		c.numbered[series] += n
	}
	return s, t
}

// play tells the whole story.
func play(ctx context.Context, s story) error {
	for _, step := range s.steps() {
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return nil
}

// findings is what a check finds.
type findings struct {
	all []crashProblem
	// repeats are harmless: writes of what was there already, by name; and pages
	// there twice, of which one is tolerated for each kill.
	repeats map[string]int
}

func (f *findings) lost(format string, args ...any) {
	f.all = append(f.all, crashProblem{text: fmt.Sprintf(format, args...)})
}

func (f *findings) doubled(format string, args ...any) {
	f.all = append(f.all, crashProblem{doubled: true, text: fmt.Sprintf(format, args...)})
}

// counted finds more or fewer of something than there should be.
func (f *findings) counted(what string, got, want int) {
	switch {
	case got > want:
		f.doubled("%s: %d, not %d", what, got, want)
	case got < want:
		f.lost("%s: %d, not %d", what, got, want)
	}
}

// listed finds another sequence of something than there should be.
func (f *findings) listed(what string, got, want []string) {
	if !slices.Equal(got, want) {
		f.all = append(f.all, crashProblem{len(got) > len(want), fmt.Sprintf("%s %v, not %v", what, got, want)})
	}
}

// repeated notes something that happened again without harm.
func (f *findings) repeated(what string, n int) {
	if n > 0 {
		if f.repeats == nil {
			f.repeats = map[string]int{}
		}
		f.repeats[what] += n
	}
}

// look checks a story that was played.
func (c *crashWorld) look(ctx context.Context, s story) *findings {
	f := &findings{}
	s.check(ctx, f)
	c.checkLog(ctx, f)
	return f
}

// tally adds up harmless repetitions.
func tally(into, from map[string]int) map[string]int {
	if into == nil {
		into = map[string]int{}
	}
	for what := range maps.Keys(from) {
		into[what] += from[what]
	}
	return into
}
