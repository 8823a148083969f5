package activities

import (
	"context"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/patch"
)

// askedFor lists the rollouts that no feed opened and that mend vulnerabilities:
// those that are under way, and those that a feed has informed before they were over.
func (e *Evidence) askedFor(ctx context.Context, advised []patch.AdvisedFacts) ([]patch.Advised, error) {
	opened, informed := map[string]bool{}, map[string]bool{}
	for _, f := range advised {
		opened[f.Rollout] = opened[f.Rollout] || f.Kind == patch.OpenRollout
		informed[f.Rollout] = informed[f.Rollout] || f.Kind == patch.InformRollout
	}
	standings, err := e.Log.Standings(ctx, seriesOfRollouts)
	if err != nil {
		return nil, recordFailure(err)
	}
	var out []patch.Advised
	for _, st := range standings {
		over := st.Final || patch.State(st.State) == patch.Completed
		if opened[st.Subject] || over && !informed[st.Subject] {
			continue
		}
		a, err := e.mending(ctx, st.Subject)
		if err != nil {
			return nil, err
		}
		if len(a.Vulnerabilities) > 0 && a.Class != "" {
			out = append(out, a)
		}
	}
	return out, nil
}

// mending reads from the record of a rollout what it mends where. Its class is that
// of the targets whose deadlines it has.
func (e *Evidence) mending(ctx context.Context, rollout string) (patch.Advised, error) {
	out := patch.Advised{Kind: patch.OpenRollout, Rollout: rollout, Asked: true}
	entries, err := e.recordsOf(ctx, rollout)
	if err != nil {
		return out, err
	}
	for _, entry := range entries {
		switch entry.Record.Type {
		case patch.EventReceived:
			facts, err := recall[patch.ReceivedFacts](entry)
			if err != nil {
				return out, err
			}
			if len(facts.CVEs) > 0 { // a payload that is provided later names none
				out.System, out.Document = facts.System, facts.Advisory
				for _, id := range facts.CVEs {
					out.Vulnerabilities = append(out.Vulnerabilities, patch.Vulnerability{ID: id})
				}
			}
		case patch.EventClock:
			facts, err := recall[patch.ClockFacts](entry)
			if err != nil {
				return out, err
			}
			if out.Class != "" {
				continue
			}
			if out.Class, err = e.classOf(ctx, out.System, facts.Clock.Asset); err != nil {
				return out, err
			}
		}
	}
	return out, nil
}

// classOf is the class of a target by the rules as they are now; empty when it has none.
func (e *Evidence) classOf(ctx context.Context, system, target string) (string, error) {
	rules, err := e.Source.Rules(ctx)
	if err != nil {
		return "", &compliance.Failure{Class: compliance.Unavailable, Op: "read the rules", Detail: "see the worker's log", Err: err}
	}
	for _, t := range rules.PatchTargets() {
		if t.System == system && t.ID == target {
			return t.Class, nil
		}
	}
	return "", nil
}
