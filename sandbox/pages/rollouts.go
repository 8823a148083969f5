package pages

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
)

// shownRollouts bounds the list on the page; the evidence page lists everything.
const shownRollouts = 6

// rolloutView is one rollout as it stands.
type rolloutView struct {
	standingRow
	Title string
	Tone  string
	Rings []string
	Card  string // address of its card
	Why   string // why it is held, or how it ended
}

var errNobody = errors.New("nobody is there to do it")

// rollouts lists the newest rollouts, and the last result of every test on each
// target, from what is on record.
func (p *Pages) rollouts(ctx context.Context, where *time.Location) ([]rolloutView, map[string][]testView) {
	tests := map[string][]testView{}
	var views []rolloutView
	err := p.read(ctx, func(reader *evidence.Reader) error {
		all, err := reader.Standings(ctx, "PAT")
		if err != nil {
			return err
		}
		rows := p.rows(all, where)
		rows = rows[:min(len(rows), shownRollouts)]
		for _, row := range slices.Backward(rows) { // what is newer overwrites
			entries, err := reader.Records(ctx, row.Subject)
			if err != nil {
				return err
			}
			for _, e := range entries {
				p.tested(tests, e, where)
			}
		}
		for _, row := range rows {
			views = append(views, p.rolloutOf(ctx, row))
		}
		return nil
	})
	if err != nil {
		p.cfg.Logger.Debug("platforms without evidence", "error", err)
	}
	return views, tests
}

// rolloutOf asks the rollout itself; one that is over is told from its record.
func (p *Pages) rolloutOf(ctx context.Context, row standingRow) rolloutView {
	v := rolloutView{standingRow: row, Tone: "attention"}
	state := patch.State(row.State)
	if p.console() != nil {
		if s, err := p.console().Patch(ctx, row.Subject); err == nil {
			state, v.Title, v.StateText = s.State, strings.TrimSpace(s.Payload.Title+" "+s.Payload.Version), strings.ReplaceAll(string(s.State), "_", " ")
			if s.Reason != patch.OK {
				v.Why = s.Reason.Text()
			}
			for _, ring := range s.Rings {
				v.Rings = append(v.Rings, ring.Name+": "+strings.ReplaceAll(string(ring.State), "_", " "))
			}
			for _, c := range s.Cards {
				v.Card = p.cardPath(c)
			}
		}
	}
	switch state {
	case patch.Completed:
		v.Tone = "good"
	case patch.Held, patch.Stranded, patch.RolledBack, patch.Rejected:
		v.Tone = "bad"
	case patch.Withdrawn:
		v.Tone = "neutral"
	}
	return v
}

// tested notes what a record says about tests: on each target of the ring a test
// that failed names it, and the others passed there.
func (p *Pages) tested(tests map[string][]testView, e evidence.Entry, where *time.Location) {
	if e.Record.Type != patch.EventChecked {
		return
	}
	var f patch.RingFacts
	if json.Unmarshal(e.Record.Facts, &f) != nil {
		return
	}
	for _, t := range p.cfg.Rules.PatchTargets() {
		if t.Ring != f.Name {
			continue
		}
		var views []testView
		for _, name := range suitesOf(f.Results) {
			views = append(views, p.lastOf(name, t.ID, f.Results, where))
		}
		tests[t.ID] = views
	}
}

func suitesOf(results []patch.CheckResult) []string {
	var names []string
	for _, r := range results {
		if !slices.Contains(names, r.Suite) {
			names = append(names, r.Suite)
		}
	}
	return names
}

func (p *Pages) lastOf(suite, target string, results []patch.CheckResult, where *time.Location) testView {
	v := testView{Name: suite, Outcome: string(patch.Pass), Tone: "good"}
	for _, r := range results {
		if r.Suite != suite {
			continue
		}
		v.At = p.stampOf(r.At, where)
		if detail, ours := strings.CutPrefix(r.Detail, target+": "); ours {
			v.Outcome, v.Tone, v.Detail = string(cmp.Or(r.Outcome, patch.NoData)), outcomeTone(r.Outcome), detail
			return v
		}
	}
	return v
}
