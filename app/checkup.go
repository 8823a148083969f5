package app

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.temporal.io/sdk/worker"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/checkup"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/integrations/nodered"
	"github.com/lowcodex/countersign/integrations/oidc"
	"github.com/lowcodex/countersign/policy"
)

// looking is a part of the installation that looks at itself.
type looking func(ctx context.Context) []checkup.Check

// Checkup satisfies the port.
func (f looking) Checkup(ctx context.Context) []checkup.Check { return f(ctx) }

// serveCheckup lets the workers of a queue look at what this process is configured with.
func serveCheckup(w worker.Worker, of map[string]activities.SelfCheck) {
	w.RegisterActivity(&activities.Checkups{Of: of})
}

// ofWorkflows is what can be looked at where the processes run.
func (a *App) ofWorkflows() (map[string]activities.SelfCheck, error) {
	of := map[string]activities.SelfCheck{"policy": looking(a.lookAtPolicy), "gateway": looking(a.lookAtGateway)}
	if a.cfg.OIDCIssuer == "" || len(a.cfg.lackingSignIn()) > 0 {
		return of, nil
	}
	client, err := a.signInProvider()
	if err == nil {
		of[oidc.Provider] = client
	}
	return of, err
}

// lookAtPolicy says whether the files that are there are in force.
func (a *App) lookAtPolicy(ctx context.Context) []checkup.Check {
	const part, mend = checkup.Part("policy"), "run starter policy check, and mend what it says"
	rules, err := a.source.Rules(ctx)
	if err == nil {
		_, err = a.source.Directory(ctx)
	}
	if err != nil {
		return []checkup.Check{part.Wrong("files", checkup.Broken, "they cannot be read", mend)}
	}
	if trouble := a.source.Trouble(); len(trouble) > 0 {
		return []checkup.Check{part.Wrong("files", checkup.Broken, fmt.Sprintf("%d problems; what was in force before stays in force", len(trouble)), mend)}
	}
	checks := []checkup.Check{part.OK("files", "in force, version %.12s", rules.Version)}
	if proposed := a.source.Proposed(); proposed != nil {
		checks = []checkup.Check{part.Wrong("files", checkup.Different, fmt.Sprintf("their rules, %s, are not in force: they change only by a change; in force are %s", proposed.Version, rules.Version),
			"run starter policy propose, or take the edit back")}
	}
	if rules.Version != a.rules.Version {
		checks = append(checks, part.Wrong("restart", checkup.Unseen, "the rules were edited since this process started",
			"project, statuses, fields and channels are read at the start: start the processes again if those were edited"))
	}
	return checks
}

// lookAtEvidence publishes what is on record and anchors it, which it does anyway,
// only earlier: so the log and every anchor directory can be written.
func lookAtEvidence(log *evidence.Log) looking {
	const part = checkup.Part("evidence")
	return func(ctx context.Context) []checkup.Check {
		if err := log.Publish(ctx); err != nil {
			return []checkup.Check{part.Wrong("log", checkup.Broken, "its checkpoint cannot be written", "look at the evidence process's log, and at the disk of COUNTERSIGN_EVIDENCE")}
		}
		checks := []checkup.Check{part.OK("log", "%d records, the last checkpoint written", log.Size())}
		switch err := log.Anchor(ctx); {
		case len(log.AnchorDirs()) == 0:
			return append(checks, part.Wrong("anchors", checkup.Advised, "a log that is rolled back cannot be told from this one",
				"set COUNTERSIGN_EVIDENCE_ANCHORS to directories outside this host"))
		case err != nil:
			return append(checks, part.Wrong("anchors", checkup.Broken, "not every directory can be written",
				"mount the directories of COUNTERSIGN_EVIDENCE_ANCHORS, and let the evidence process write there"))
		}
		return append(checks, part.OK("anchors", "written to %s", strings.Join(log.AnchorDirs(), ", ")))
	}
}

// feedsNow are the feeds of the rules as they are now.
func (a *App) feedsNow(ctx context.Context) ([]compliance.Feed, error) {
	rules, err := a.source.Rules(ctx)
	if err != nil {
		return nil, err
	}
	all, ok := rules.Patching()
	if !ok || len(rules.Installed()) == 0 {
		return nil, nil
	}
	var feeds []compliance.Feed
	for _, f := range all.Feeds {
		feeds = append(feeds, f.Feed)
	}
	return feeds, nil
}

// lookAtTargets adds to what the platforms say the policy's targets whose address
// nobody has set.
func (a *App) lookAtTargets(red *nodered.Client) looking {
	return func(ctx context.Context) []checkup.Check {
		const part = checkup.Part(nodered.Kind)
		checks := red.Checkup(ctx)
		rules, err := a.source.Rules(ctx)
		if err != nil {
			return append(checks, part.Wrong("targets", checkup.Broken, "the policy cannot be read", "see what is said about the policy"))
		}
		for _, ref := range unset(rules, a.cfg.Platforms) {
			checks = append(checks, part.Wrong("target "+ref, checkup.NotSet, "the policy has a target there", "set PLATFORM_"+ref+"_URL and PLATFORM_"+ref+"_TOKEN"))
		}
		return checks
	}
}

// unset are the references of the policy's targets without an address, sorted.
func unset(rules *policy.Rules, set map[string]PlatformAddress) []string {
	missing := map[string]bool{}
	for _, t := range rules.PatchTargets() {
		if _, ok := set[t.Address]; !ok && t.Address != "" {
			missing[t.Address] = true
		}
	}
	return slices.Sorted(maps.Keys(missing))
}
