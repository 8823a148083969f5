package change

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/compliance/gate"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// packagesWithin is how long a database of vulnerabilities is asked. Nobody waits for
// it, and the check has not passed meanwhile.
const packagesWithin = 3 * time.Minute

// askPackages has what is known of the packages of a manifest looked up, where the
// gate wants it: for a new manifest, and when somebody has the checks looked at
// again. The act that asks is over by then; what comes of it is on record as the
// process's own before it counts.
func (c *process) askPackages(ctx workflow.Context, in compliance.Inbound, feeds []string) {
	wants := func(r gate.Required) bool { return r.Check == gate.Dependencies }
	manifest, given := gate.Of(c.s.Gate.Given, gate.Manifest)
	found, known := gate.Of(c.s.Gate.Given, gate.Findings)
	handed, _, _ := rules.ParseGate(in)
	again := len(handed.Files) == 0 && handed.Synthetic == nil && handed.Review == nil
	if !given || !slices.ContainsFunc(c.s.Version.Suite.Checks, wants) || known && found.Of == manifest.Digest && found.About == manifest.About && !again {
		return
	}
	calm, _ := workflow.NewDisconnectedContext(ctx)
	c.Background(calm, "packages", func(ctx workflow.Context) {
		asked := c.lookUp(ctx, manifest, feeds)
		err := c.Locked(ctx, func() error { return c.lookedUp(ctx, asked) })
		if err != nil {
			c.Logger.Error("packages not looked up", "manifest", manifest.Digest, "error", err)
		}
	})
}

// lookUp asks once, for a bounded time; why there is no answer is an answer, too.
func (c *process) lookUp(ctx workflow.Context, manifest gate.Given, feeds []string) steps.AskedPackages {
	out := steps.AskedPackages{Manifest: manifest.Digest}
	recalled, err := steps.RecallAdvisories(ctx, steps.RecallAdvisoriesInput{Feeds: feeds})
	if err == nil {
		var found steps.FoundVulnerabilities
		found, err = steps.FindVulnerabilities(ctx, packagesWithin, steps.FindVulnerabilitiesInput{
			Name: manifest.Name, Manifest: manifest.Digest, Advisories: recalled.Documents,
		})
		out.Findings = found.Findings
	}
	if err != nil {
		out.Failed = compliance.Cut(steps.Explain(err).Text, 200)
	}
	out.At = workflow.Now(ctx)
	return out
}

// lookedUp takes the answer over, unless the change went on without it or has
// another manifest by now.
func (c *process) lookedUp(ctx workflow.Context, asked steps.AskedPackages) error {
	manifest, _ := gate.Of(c.s.Gate.Given, gate.Manifest)
	if c.s.Version.Suite == nil || manifest.Digest != asked.Manifest || !slices.Contains([]rules.State{rules.Open, rules.WaitingWindow, rules.Held}, c.s.State) {
		return nil
	}
	v := c.s.Version
	inspected, err := desk.Outlast(ctx, c.Desk, desk.AtRules, func(bool) (steps.InspectedGate, error) {
		return steps.InspectGate(ctx, steps.InspectGateInput{
			Snapshot: v.Snapshot, RulesHash: v.Route.RulesHash, Given: c.s.Gate.Given, Now: workflow.Now(ctx), Asked: &asked,
		})
	})
	if err != nil {
		return err
	}
	now := workflow.Now(ctx)
	q := c.s.question()
	q.Attached, q.Results = gate.Attached(inspected.Given), inspected.Results
	waivers, err := desk.Outlast(ctx, c.Desk, desk.AtEvidence, func(bool) ([]exception.Waiver, error) {
		return steps.ExceptionsInForce(ctx, steps.ExceptionsInput{System: q.System, Environment: q.Environment, At: workflow.Now(ctx)})
	})
	if err != nil {
		return err
	}
	findings := gate.Judge(*q, func(check gate.Check) (gate.Waiver, bool) {
		at := slices.IndexFunc(waivers, func(w exception.Waiver) bool {
			return w.Covers(check.Control(), q.System, q.Environment, q.Number, now)
		})
		if at < 0 {
			return gate.Waiver{}, false
		}
		return gate.Waiver{Number: waivers[at].Number, Until: waivers[at].Until}, true
	}, now)
	c.s.Sequence++
	ev := c.head().Event(rules.VersionKey(c.Owner(), v.N, fmt.Sprintf("gated/%d", c.s.Sequence)), rules.EventGated, now)
	ev.Facts = desk.Encoded(rules.GatedFacts{
		Action: rules.ActionGate, Surface: "process", Received: now.UTC(), Version: v.N, Hash: v.Snapshot.Hash, Gate: q.Suite.Name,
		New: inspected.New, Given: inspected.Given, Results: inspected.Results, Marks: gate.Marks(findings),
	})
	if asked.Findings != "" {
		ev.Blobs = []evidence.BlobRef{{Role: string(gate.Findings), Digest: asked.Findings}}
	}
	if _, err := c.Record(ctx, steps.RecordEventsInput{Events: []evidence.Event{ev}}); err != nil {
		return err
	}
	was := len(gate.Open(c.s.Gate.Findings)) > 0
	c.s.Gate.Given, c.s.Gate.Results = inspected.Given, inspected.Results
	c.seen(findings, now)
	c.s.Logged(compliance.Fact{Text: "Packages were looked up for the gate (" + gate.Summary(findings) + ")", At: now})
	c.tellGate("", was)
	return nil
}
