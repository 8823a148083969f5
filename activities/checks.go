package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/compliance"
)

// RunSuiteInput names a stored suite and the target to run it on. Content is
// what the target must serve for the result to mean anything; empty: whatever
// it serves.
type RunSuiteInput struct {
	Target     compliance.Target `json:"target"`
	Suite      string            `json:"suite"`
	Definition string            `json:"definition"` // blob digest of the suite's JSON
	Content    string            `json:"content,omitempty"`
}

// RunSuite tests a target by calling what it serves. A target that is down, or
// that changed while it was tested, is an outcome and not an error of the step:
// how often it is tried again is the process's decision.
func (p *Platforms) RunSuite(ctx context.Context, in RunSuiteInput) (compliance.CheckReport, error) {
	defer p.beating(ctx)()
	adapter, err := p.of(in.Target)
	if err != nil {
		return compliance.CheckReport{}, translate(err)
	}
	report, err := p.runSuite(ctx, adapter, in)
	if err != nil {
		return compliance.CheckReport{}, translate(err)
	}
	done(ctx, "suite run", "target", in.Target.ID, "suite", in.Suite, "outcome", string(report.Outcome))
	return report, nil
}

func (p *Platforms) runSuite(ctx context.Context, adapter Platform, in RunSuiteInput) (compliance.CheckReport, error) {
	data, err := p.read(ctx, in.Definition, "run suite "+in.Suite)
	if err != nil {
		return compliance.CheckReport{}, err
	}
	suite, err := compliance.ParseSuite(data)
	if err == nil && suite.Name != in.Suite {
		err = fmt.Errorf("it is named %.60q", suite.Name)
	}
	if err != nil {
		return compliance.CheckReport{}, &compliance.Failure{Class: compliance.Invalid, Op: "run suite " + in.Suite, Detail: "its definition cannot be used: " + compliance.Cut(strings.ReplaceAll(err.Error(), "\n", "; "), 400), Err: err}
	}
	w := watch{target: in.Target, check: in.Suite, wanted: len(suite.Cases), must: in.Content}
	return p.watched(ctx, adapter, w, func() ([]compliance.CaseResult, error) {
		return adapter.RunSuite(ctx, in.Target, suite, func() { beat(ctx) })
	})
}

// watch is a check between two looks at its target.
type watch struct {
	target compliance.Target
	check  string
	wanted int
	must   string // content that must be served; empty: any
}

// watched runs a check between two looks at the target. What was tested is only
// known when the target served the same, and served it, before and after.
func (p *Platforms) watched(ctx context.Context, adapter Platform, w watch, run func() ([]compliance.CaseResult, error)) (compliance.CheckReport, error) {
	before, err := adapter.Live(ctx, w.target)
	why := unfit(before, w.must, err)
	var results []compliance.CaseResult
	if why == "" {
		results, err = run()
		if err != nil {
			why = detail(err)
		}
	}
	if ctx.Err() != nil {
		return compliance.CheckReport{}, ctx.Err()
	}
	content := ""
	if why == "" {
		after, err := adapter.Live(ctx, w.target)
		if why = unfit(after, before.Content, err); why == "" {
			content = after.Content
		}
	}
	outcome, said := compliance.JudgeCases(w.wanted, results, why == "")
	if why != "" {
		outcome, said = compliance.CheckError, why
	}
	return p.report(ctx, compliance.CheckReport{Check: w.check, Outcome: outcome, Detail: said, Content: content, Cases: len(results)}, results)
}

// unfit says why a target cannot be tested now; nothing when it can.
func unfit(s compliance.Served, must string, err error) string {
	switch {
	case err != nil:
		return detail(err)
	case must != "" && s.Content != must:
		return "the target serves something else than what is to be tested"
	case !s.Ready:
		return "the target is not ready: " + s.Detail
	}
	return ""
}

// notKept is that the report on a check could not be stored; the summary beside
// it holds all the same.
type notKept struct{ error }

func (n notKept) Unwrap() error { return n.error }

// report stores every case and returns the summary with the digest of that. The
// summary is complete, but for the digest, with an error that is notKept.
func (p *Platforms) report(ctx context.Context, r compliance.CheckReport, results []compliance.CaseResult) (compliance.CheckReport, error) {
	r.At = p.Now().UTC()
	whole, err := json.Marshal(struct {
		compliance.CheckReport
		Results []compliance.CaseResult `json:"results"`
	}{r, results})
	if err != nil {
		return r, &compliance.Failure{Class: compliance.Invalid, Op: "report on " + r.Check, Err: err}
	}
	if r.Report, err = p.store(ctx, whole, "report on "+r.Check); err != nil {
		return r, notKept{err}
	}
	return r, nil
}

// ProbeWriteInput names the target of a write probe. Content is what the target
// must serve before and after it; empty: whatever it serves.
type ProbeWriteInput struct {
	Target  compliance.Target `json:"target"`
	Probe   string            `json:"probe"` // the probe's name in the policy
	Key     string            `json:"key"`
	Content string            `json:"content,omitempty"`
}

// ProbeWrite edits, saves and publishes a canary on the target, calls it, and
// takes it away: executing alone does not show that saving is broken. The
// target's content is the same afterwards. A crash in the middle leaves the
// canary, which the next attempt, or any later probe, takes away first.
func (p *Platforms) ProbeWrite(ctx context.Context, in ProbeWriteInput) (compliance.CheckReport, error) {
	defer p.beating(ctx)()
	adapter, err := p.of(in.Target)
	if err != nil {
		return compliance.CheckReport{}, translate(err)
	}
	run, err := adapter.Probe(ctx, in.Target, in.Key, func() { beat(ctx) })
	if ctx.Err() != nil {
		return compliance.CheckReport{}, ctx.Err()
	}
	r := compliance.CheckReport{Check: in.Probe, Cases: len(run.Steps)}
	switch {
	case err != nil:
		r.Outcome, r.Detail = compliance.CheckError, detail(err)
	case run.Left:
		r.Outcome, r.Detail = compliance.CheckError, "the canary could not be taken away: the next probe tries again"
	case run.Before != run.After, in.Content != "" && run.Before != in.Content:
		r.Outcome, r.Detail = compliance.CheckError, "the target serves something else than what is to be tested"
	default:
		r.Content = run.After
		r.Outcome, r.Detail = compliance.JudgeCases(run.Wanted, run.Steps, true)
	}
	if r, err = p.report(ctx, r, run.Steps); err != nil {
		return compliance.CheckReport{}, translate(err)
	}
	done(ctx, "write probe run", "target", in.Target.ID, "outcome", string(r.Outcome))
	return r, nil
}
