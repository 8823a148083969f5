package patch

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/steps"
)

// together is how many targets of a ring are tested at once.
const together = 10

// seen is what the tests of one target came to.
type seen struct {
	content string // served now; empty when nobody knows
	results []rules.CheckResult
	reports []string // blobs
	err     error
}

// check runs the ring's suites and its write probe on every target, and judges
// what came of it. A failure begins the way back in the same task, without
// waiting for its record (P6).
func (p *process) check(ctx workflow.Context, ring int) error {
	p.s.Checks++
	run := p.s.Checks
	targets := p.s.Route.InRing(ring)
	all := make([]seen, len(targets))
	begun, done := 0, 0
	for i, t := range targets {
		if workflow.Await(ctx, func() bool { return begun-done < together }) != nil {
			break
		}
		begun++
		workflow.GoNamed(ctx, "check "+t.ID, func(ctx workflow.Context) {
			all[i] = p.checkOne(ctx, t, run)
			done++
		})
	}
	// Also when the way back was ordered meanwhile: a probe writes, and what is
	// under way could land behind the restore.
	calm, _ := workflow.NewDisconnectedContext(ctx)
	if err := workflow.Await(calm, func() bool { return done == begun }); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	observed, facts, reports, err := p.observed(ctx, ring, all)
	if err != nil {
		return err
	}
	standing := p.s.Rings[ring].Observe(observed)
	facts.Standing = standing
	ev := p.event(ctx, fmt.Sprintf("ring/%d/checked/%d", ring+1, run), rules.EventChecked, "", facts)
	for _, r := range reports {
		ev.Blobs = append(ev.Blobs, evidence.BlobRef{Role: "report", Digest: r})
	}
	in := steps.RecordEventsInput{Events: []evidence.Event{ev}}
	if observed.Outcome == rules.Fail {
		p.s.Detail = worst(facts.Results)
		p.s.Rings[ring] = standing
		p.RecordBehind(in)
		p.Show()
		return nil
	}
	if _, err := p.Record(ctx, in); err != nil {
		return err
	}
	return p.Locked(ctx, func() error {
		if p.s.State != rules.Rolling && p.s.State != rules.Held {
			return nil
		}
		p.s.Rings[ring] = standing
		p.s.Detail = worst(facts.Results)
		// Whatever disturbs a soak sends the ring through its tests again (P2).
		if s := p.s.Rings[ring].State; observed.Outcome != rules.Pass && (s == rules.Soaking || s == rules.Proven) {
			p.move(ctx, ring, rules.Testing)
		}
		p.Show()
		return nil
	})
}

// checkOne tests one target. A target that does not answer is an outcome.
func (p *process) checkOne(ctx workflow.Context, t rules.RouteTarget, run int) seen {
	var out seen
	served, err := steps.VerifyTarget(ctx, steps.VerifyTargetInput{Target: t.Target, Content: p.s.Artifact.Content})
	switch {
	case ctx.Err() != nil:
		out.err = ctx.Err()
		return out
	case err != nil:
		out.add(ctx, t, compliance.CheckReport{Check: "read", Outcome: rules.Error, Detail: steps.Explain(err).Text})
		return out
	}
	out.content = served.Served.Content
	if served.Served.Content != p.s.Artifact.Content {
		out.add(ctx, t, compliance.CheckReport{Check: "read", Outcome: rules.Error, Detail: rules.DigestDrift.Text()})
		return out
	}
	plan := p.s.Route.Plan.Rings[t.Ring]
	for _, name := range plan.Suites {
		report, err := steps.RunSuite(ctx, steps.RunSuiteInput{
			Target: t.Target, Suite: name, Definition: p.s.Route.Suite(name), Content: p.s.Artifact.Content,
		})
		out.took(ctx, t, name, report, err)
	}
	if ctx.Err() != nil {
		out.err = ctx.Err()
		return out
	}
	// The probe edits and takes away: it is not abandoned in the middle.
	calm, _ := workflow.NewDisconnectedContext(ctx)
	report, err := steps.ProbeWrite(calm, steps.ProbeWriteInput{
		Target: t.Target, Probe: plan.WriteProbe, Key: fmt.Sprintf("%s/ring/%d/%s/probe/%d", p.Owner(), t.Ring+1, t.ID, run), Content: p.s.Artifact.Content,
	})
	out.took(ctx, t, plan.WriteProbe, report, err)
	return out
}

// took takes the report of a check, or that there is none.
func (s *seen) took(ctx workflow.Context, t rules.RouteTarget, name string, r compliance.CheckReport, err error) {
	if err != nil {
		if ctx.Err() != nil {
			s.err = ctx.Err()
			return
		}
		r = compliance.CheckReport{Check: name, Outcome: rules.Error, Detail: steps.Explain(err).Text}
	}
	s.add(ctx, t, r)
}

func (s *seen) add(ctx workflow.Context, t rules.RouteTarget, r compliance.CheckReport) {
	at := r.At
	if at.IsZero() {
		at = workflow.Now(ctx)
	}
	result := rules.CheckResult{Suite: r.Check, Outcome: r.Outcome, At: at}
	if r.Outcome != rules.Pass {
		result.Detail = compliance.Cut(t.ID+": "+r.Detail, 300)
	}
	s.results = append(s.results, result)
	if r.Report != "" {
		s.reports = append(s.reports, r.Report)
	}
}

// observed is what the checks of a ring's targets say about the ring.
func (p *process) observed(ctx workflow.Context, ring int, all []seen) (rules.Observation, rules.RingFacts, []string, error) {
	plan := p.s.Route.Plan.Rings[ring]
	required := append(append([]string(nil), plan.Suites...), plan.WriteProbe)
	o := rules.Observation{Outcome: rules.Pass, Probe: true, At: workflow.Now(ctx)}
	facts := p.ringFacts(ring, "", rules.OK)
	facts.From = ""
	var reports []string
	var results []rules.CheckResult
	for i, s := range all {
		if s.err != nil {
			return o, facts, nil, s.err
		}
		o.Outcome = rules.Combine(required, append(results, s.results...))
		results = append(results, s.results...)
		reports = append(reports, s.reports...)
		switch {
		case s.content != "" && s.content != p.s.Artifact.Content:
			o.Digest = s.content // what somebody else put there names the ring
		case i == 0:
			o.Digest = s.content
		case o.Digest == p.s.Artifact.Content && s.content == "":
			// unreachable now: the error holds it, the digest is what was seen
		}
	}
	for _, s := range all { // each target on its own must have every required suite
		if len(s.results) > 0 && rules.Combine(required, s.results) == rules.NoData && o.Outcome == rules.Pass {
			o.Outcome = rules.NoData
		}
	}
	if o.Digest == "" {
		o.Digest = p.s.Rings[ring].Digest
	}
	facts.Results = bounded(results)
	return o, facts, reports, nil
}

// bounded keeps what did not pass, and of what passed as much as a record holds;
// every result is in the reports.
func bounded(results []rules.CheckResult) []rules.CheckResult {
	const most = 40
	var out []rules.CheckResult
	for _, r := range results {
		if r.Outcome != rules.Pass && len(out) < most {
			out = append(out, r)
		}
	}
	for _, r := range results {
		if r.Outcome == rules.Pass && len(out) < most {
			out = append(out, r)
		}
	}
	return out
}

// worst is what the card says about the last tests.
func worst(results []rules.CheckResult) string {
	for _, want := range []rules.CheckOutcome{rules.Fail, rules.Error, rules.NoData} {
		for _, r := range results {
			if r.Outcome == want {
				return r.Suite + ": " + r.Detail
			}
		}
	}
	return ""
}
