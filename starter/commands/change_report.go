package commands

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
)

// reporting are the flags of a report.
type reporting struct{ quarter, from, until string }

func (p *program) reportCommand() *cobra.Command {
	var r reporting
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Show what approvals cost in a period, from the record",
		Long: "Report on the changes on record in --evidence that were received in a period: how many by\n" +
			"class, chain and template, where they stand, how long approvals took, how many were\n" +
			"emergencies, and what was refused. The log is only read. Without a period it is the quarter\n" +
			"that is under way.",
		Example: "  starter change report --evidence evidence --quarter 2026-Q4\n" +
			"  starter change report --evidence evidence --from 2026-10-01 --until 2026-11-01 --output json",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.figures(cmd.Context(), r) },
	}
	flags := cmd.Flags()
	flags.StringVar(&r.quarter, "quarter", "", "a quarter in UTC, such as 2026-Q4 (default: the present one)")
	flags.StringVar(&r.from, "from", "", "changes received at or after this day (UTC) or instant")
	flags.StringVar(&r.until, "until", "", "changes received before this day (UTC) or instant (default: now)")
	for _, name := range []string{"quarter", "from", "until"} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
	}
	return cmd
}

func (p *program) figures(ctx context.Context, r reporting) error {
	from, until, err := r.period(p.now())
	if err != nil {
		return err
	}
	dir, err := p.directory()
	if err != nil {
		return err
	}
	reader, err := evidence.OpenReader(ctx, dir)
	if err != nil {
		return evidenceFailure(err)
	}
	defer reader.Close() //nolint:errcheck // only read from
	d := changes()
	subjects, err := reader.Standings(ctx, d.Series)
	if err != nil {
		return evidenceFailure(err)
	}
	var all []rules.Reported
	for _, s := range subjects {
		entries, err := reader.Records(ctx, s.Subject)
		if err != nil {
			return evidenceFailure(err)
		}
		all = append(all, reported(s, entries))
	}
	report := rules.Summarise(all, from, until)
	return p.print(report, func(w io.Writer) { p.writeFigures(w, report) })
}

var quarterForm = regexp.MustCompile(`^([0-9]{4})-?[Qq]([1-4])$`)

// period is the half-open interval that was asked for, in UTC.
func (r reporting) period(now time.Time) (from, until time.Time, err error) {
	if r.quarter != "" && (r.from != "" || r.until != "") {
		return from, until, usage("--quarter and --from or --until exclude each other", "give the one or the other")
	}
	if r.from == "" && r.until == "" {
		text := cmp.Or(r.quarter, rules.Quarter(now))
		m := quarterForm.FindStringSubmatch(text)
		if m == nil {
			return from, until, usage(quote(text)+" is no quarter", "write one such as 2026-Q4")
		}
		year, _ := strconv.Atoi(m[1])
		quarter, _ := strconv.Atoi(m[2])
		from = time.Date(year, time.Month(3*quarter-2), 1, 0, 0, 0, 0, time.UTC)
		return from, from.AddDate(0, 3, 0), nil
	}
	if from, err = dayFlag("from", r.from); err != nil {
		return from, until, err
	}
	if until, err = dayFlag("until", r.until); err != nil {
		return from, until, err
	}
	if until.IsZero() {
		until = now.UTC()
	}
	if !from.Before(until) {
		return from, until, usage("the period from "+r.from+" to "+cmp.Or(r.until, "now")+" is empty", "--until is exclusive and comes after --from")
	}
	return from, until, nil
}

// dayFlag reads a day in UTC or an instant; empty is the beginning of time.
func dayFlag(flag, text string) (time.Time, error) {
	for _, form := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(form, text); err == nil {
			return at.UTC(), nil
		}
	}
	if text == "" {
		return time.Time{}, nil
	}
	return time.Time{}, usage(quote(text)+" is neither a day nor an instant for --"+flag, "write 2026-10-01 or 2026-10-01T09:00:00+02:00")
}

// reported reads one change out of its records. Facts that cannot be read are for
// evidence verify to tell.
func reported(of evidence.Standing, entries []evidence.Entry) rules.Reported {
	r := rules.Reported{Number: of.Number, State: rules.State(of.State), Refusals: map[rules.Reason]int{}}
	var submitted time.Time
	for _, e := range entries {
		if r.Received.IsZero() {
			r.Received = e.Record.At
		}
		r.Emergency = r.Emergency || e.Record.State == string(rules.ExecutingUnapproved)
		switch e.Record.Type {
		case rules.EventSubmitted, rules.EventNotSubmitted:
			var f rules.SubmittedFacts
			if json.Unmarshal(e.Record.Facts, &f) != nil {
				continue
			}
			if e.Record.Type == rules.EventNotSubmitted {
				r.Refusals[f.Reason]++
				r.Class = cmp.Or(r.Class, f.Risk)
				continue
			}
			submitted, r.Class, r.Chain, r.Template = e.Record.At, f.Risk, f.Chain, ""
			if f.Template != nil {
				r.Class, r.Template = f.Template.Class, f.Template.Name
			}
		case rules.EventApproved:
			if !submitted.IsZero() {
				r.Approvals, submitted = append(r.Approvals, e.Record.At.Sub(submitted)), time.Time{}
			}
		case rules.EventRefused, rules.EventLate:
			var f rules.ActFacts
			if json.Unmarshal(e.Record.Facts, &f) == nil && f.Reason != rules.OK {
				r.Refusals[f.Reason]++
			}
		}
	}
	return r
}

func (p *program) writeFigures(w io.Writer, r rules.Figures) {
	ink := p.ink(w)
	from := "the first"
	if !r.From.IsZero() {
		from = r.From.Format(time.DateOnly)
	}
	fmt.Fprintf(w, "%s\n", ink.bold(fmt.Sprintf("%s received from %s until %s (UTC)", plural(r.Whole.Changes, "change"), from, r.Until.Format("2006-01-02 15:04"))))
	for _, part := range []struct {
		head string
		list []rules.Group
	}{{"CLASS", r.ByClass}, {"CHAIN", r.ByChain}, {"TEMPLATE", r.ByTemplate}} {
		if len(part.list) == 0 {
			continue
		}
		t := table{head: []string{part.head, "CHANGES", "APPROVALS", "MEDIAN", "P90", "STATES"}}
		for _, g := range append(part.list, withName(r.Whole, "all")) {
			if g.Name == "all" && part.head != "CLASS" {
				continue
			}
			t.add(g.Name, strconv.Itoa(g.Changes), strconv.Itoa(g.Approvals), elapsed(g, g.Median), elapsed(g, g.P90), counts(g.States))
		}
		fmt.Fprintln(w)
		t.write(w, ink)
	}
	for i, e := range r.Emergencies {
		if i == 0 {
			fmt.Fprintf(w, "\n%s\n", ink.bold("EMERGENCIES"))
		}
		text := fmt.Sprintf("%s  %d of %d changes, %.1f %%", e.Quarter, e.Emergencies, e.All, e.Percent())
		if e.Flagged {
			text = ink.warn(text + "; above 10 %, from which auditors ask")
		}
		fmt.Fprintln(w, text)
	}
	if len(r.Refusals) > 0 {
		fmt.Fprintln(w)
		t := table{head: []string{"REFUSED", "REASON", "WHAT IT MEANS"}}
		for _, f := range r.Refusals {
			t.add(strconv.Itoa(f.Count), string(f.Reason), f.Text)
		}
		t.write(w, ink)
	}
}

func withName(g rules.Group, name string) rules.Group {
	g.Name = name
	return g
}

// elapsed is a time of approval to the minute, and "-" where nothing was approved.
func elapsed(g rules.Group, d time.Duration) string {
	if g.Approvals == 0 {
		return "-"
	}
	minutes := int(d.Round(time.Minute) / time.Minute)
	switch {
	case minutes < 60:
		return fmt.Sprintf("%dm", minutes)
	case minutes < 48*60:
		return fmt.Sprintf("%dh%02dm", minutes/60, minutes%60)
	}
	return fmt.Sprintf("%dd%02dh", minutes/1440, minutes%1440/60)
}

func counts(states map[rules.State]int) string {
	var all []string
	for _, s := range slices.Sorted(maps.Keys(states)) {
		all = append(all, fmt.Sprintf("%s %d", strings.ReplaceAll(string(s), "_", " "), states[s]))
	}
	return strings.Join(all, ", ")
}
