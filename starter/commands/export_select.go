package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/bundle"
	"github.com/lowcodex/countersign/timeline"
)

// maxSubjects bounds the subjects of one export: the record of it names them all.
const maxSubjects = 200

func processNames() []string {
	var names []string
	for _, p := range timeline.Processes() {
		names = append(names, p.Name)
	}
	return names
}

// selection reads what was asked for.
func (p *program) selection(ctx context.Context, reader *evidence.Reader, x exporting) (bundle.Selection, error) {
	s := bundle.Selection{Personal: !x.impersonal}
	const form = "give --period 2026-01..2026-03, or --subject CHG-42 once or more"
	switch {
	case x.period == "" && len(x.subjects) == 0:
		return s, usage("it is not known what to export", form)
	case x.period != "" && len(x.subjects) > 0:
		return s, usage("a period and subjects cannot be exported together: a bundle is whole for the one or the other", form)
	case x.process != "" && x.period == "":
		return s, usage("--process belongs to a period", form)
	case len(x.subjects) > maxSubjects:
		return s, usage(fmt.Sprintf("%d subjects were asked for, the limit is %d", len(x.subjects), maxSubjects), "export a period, or in several bundles")
	}
	if x.period != "" {
		var err error
		if s.From, s.To, err = period(x.period); err != nil {
			return s, err
		}
		if i := slices.IndexFunc(timeline.Processes(), func(p timeline.Process) bool { return p.Name == x.process }); i >= 0 {
			process := timeline.Processes()[i]
			s.Process, s.Roots, s.Series = process.Name, process.Roots, []string{process.Series}
		}
		return s, nil
	}
	for _, ref := range x.subjects {
		standing, err := subjectOf(ctx, reader, ref)
		if errors.Is(err, evidence.ErrNotFound) {
			return s, usage("nothing is on record about "+quote(ref), "give --subject a number such as CHG-7 or a workflow id")
		}
		if err != nil {
			return s, evidenceFailure(err)
		}
		s.Subjects = append(s.Subjects, standing.Subject)
		if standing.Number != "" {
			s.Numbers = append(s.Numbers, standing.Number)
		}
	}
	for _, list := range []*[]string{&s.Subjects, &s.Numbers} { // in one order, whatever the order asked in
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return s, nil
}

func subjectOf(ctx context.Context, reader *evidence.Reader, ref string) (evidence.Standing, error) {
	if number, ok := anyNumber(ref); ok {
		return reader.ByNumber(ctx, number)
	}
	return reader.Standing(ctx, ref)
}

// period reads days, months or years, one or FROM..TO with both ends included, as
// instants in UTC; the second is the first one after the period.
func period(text string) (from, to time.Time, err error) {
	first, last, found := strings.Cut(text, "..")
	if !found {
		last = first
	}
	from, _, err = calendarSpan(first)
	if err == nil {
		_, to, err = calendarSpan(last)
	}
	const form = "use days, months or years as in 2026-01-15..2026-02-03, 2026-01..2026-03 or 2026"
	switch {
	case err != nil:
		return from, to, usage(quote(text)+" is no period: "+err.Error(), form)
	case !from.Before(to):
		return from, to, usage(quote(text)+" ends before it begins", form)
	case to.Year() > 9999: // JSON has no such instant
		return from, to, usage(quote(text)+" ends after the year 9998", form)
	}
	return from, to, nil
}

// calendarSpan is a day, month or year from its first instant to the one after it.
func calendarSpan(text string) (from, to time.Time, err error) {
	for _, form := range []struct {
		layout              string
		years, months, days int
	}{{"2006-01-02", 0, 0, 1}, {"2006-01", 0, 1, 0}, {"2006", 1, 0, 0}} {
		if from, err = time.Parse(form.layout, text); err == nil {
			return from, from.AddDate(form.years, form.months, form.days), nil
		}
	}
	return from, to, errors.New(quote(text) + " is no day, month or year")
}
