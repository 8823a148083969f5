package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/timeline"
)

// prove prints what is on record about each story and verifies the whole log from
// its files alone.
func (p *play) prove(ctx context.Context) (err error) {
	reader, err := evidence.OpenReader(ctx, p.stage.Evidence())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	for _, subject := range p.subjects {
		standing, err := reader.Standing(ctx, subject)
		if err != nil {
			return err
		}
		entries, err := reader.Records(ctx, subject)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(p.out, "\nEvidence of %s (%d records)\n\n", standing.Number, len(entries))
		for _, l := range timeline.Of(entries, p.name, moment) {
			p.record(l)
		}
	}
	report, err := evidence.Verify(ctx, evidence.VerifyInput{
		Dir: p.stage.Evidence(), PublicKey: reader.PublicKey(), Anchors: []string{p.stage.Anchors()},
	})
	if err != nil && !errors.Is(err, evidence.ErrVerification) {
		return fmt.Errorf("verification could not be done: %w", err)
	}
	return p.verdict(timeline.Prove(report), err)
}

func (p *play) record(l timeline.Line) {
	who := ""
	if l.Who != "" {
		who = l.Who + ": "
	}
	state := ""
	if l.State != "" {
		state = "  → " + l.State
	}
	_, _ = fmt.Fprintf(p.out, "%s  #%-3d %-12s %s%s%s\n", clock(l.At), l.Index, l.Kind, who, l.Text, state)
	if p.brief {
		return
	}
	for _, d := range l.Details {
		_, _ = fmt.Fprintf(p.out, "%28s%s\n", "", cut(d))
	}
}

func (p *play) verdict(proof timeline.Proof, err error) error {
	word := "VERIFIED"
	if !proof.Verified || err != nil {
		word = "NOT VERIFIED"
	}
	_, _ = fmt.Fprintf(p.out, "\n%s, offline, from the files alone\n\n", word)
	width := 8
	for _, t := range proof.Totals {
		width = max(width, len(t[0]))
	}
	for _, t := range proof.Totals {
		_, _ = fmt.Fprintf(p.out, "  %-*s  %s\n", width, t[0], t[1])
	}
	for _, f := range proof.Findings {
		_, _ = fmt.Fprintf(p.out, "  finding   %s\n", f)
	}
	_, _ = fmt.Fprintf(p.out, "\nEverything took %s.\n", time.Since(p.began).Round(100*time.Millisecond))
	if !proof.Verified {
		return errors.Join(errors.New("the evidence does not verify"), err)
	}
	return err
}

// name is a person's name in the example's directory.
func (p *play) name(id compliance.PersonID) string {
	if person, ok := p.stage.Directory.Person(id); ok {
		return person.Name
	}
	return string(id)
}

// cut shortens what would not fit on a line; the record has the whole.
func cut(s string) string {
	return compliance.Cut(strings.ReplaceAll(s, "\n", " "), 110)
}
