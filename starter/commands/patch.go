package commands

import (
	"regexp"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/converter"

	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	process "github.com/lowcodex/countersign/workflows/patch"
)

// patches describes the patch rollout. Its special verbs are patch start, which
// opens one, and patch provide, which gives a payload to one that an advisory opened.
func patches() descriptor {
	return descriptor{Process: of("patch"), group: "patch", desk: &desk{
		short:    "Start patch rollouts, look at them, act on them",
		workflow: process.Type,
		// Not patch/payload/…, which is the storing of a payload.
		subject: regexp.MustCompile(`^` + process.IDPrefix + `([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|advisory/[!-.0-~]+/[!-.0-~]+)$`),
		example: "patch/3f2a9c1b-7d04-4b6e-9a52-0d3f6c1a2b3c",
		verbs:   patchVerbs(),
		form:    rules.FormFor,
		update:  process.UpdateFor,
		acted:   process.SignalActed,
		query:   process.QueryStanding,
		bound: "What lets a rollout go on is bound to where it stands when you are shown it: if it halted or moved on\n" +
			"meanwhile, the act is refused. A stop and the way back count whatever happened since.",
		content: func(ref string) (string, bool) {
			binding, err := rules.ParseBinding(ref)
			return binding.Digest, err == nil
		},
		showHelp: "Show how a rollout stands: state, payload, rings with their tests and soaks, deadlines, the change\n" +
			"that approves it, who is awaited, and when something comes next by itself.",
		decode: func(v converter.EncodedValue) (standing, error) {
			var s patchStanding
			err := v.Get(&s)
			return s, err
		},
		recorded: func(old evidence.Standing) standing {
			return patchStanding{Number: old.Number, Subject: old.Subject, State: rules.State(old.State), LastIndex: old.Index}
		},
		stages: textsOf(rules.States()),
		columns: []column{
			{"SYSTEM", func(r row) string { return r.System }},
			{"ENVIRONMENT", func(r row) string { return r.Environment }},
		},
		special: func(p *program) []*cobra.Command {
			return []*cobra.Command{p.patchStartCommand(), p.patchProvideCommand()}
		},
	}}
}

func patchVerbs() []verb {
	return []verb{
		{rules.ActionStop, "Stop a rollout: nothing moves forward, what is patched stays patched"},
		{rules.ActionResume, "Let a halted rollout go on, with its tests run again or not"},
		{rules.ActionRollBack, "Take every touched target back now, or once more after a failure"},
		{rules.ActionLift, "Let a payload that was rolled back be rolled out again"},
		{rules.ActionWaive, "Let a critical ring start without a proven backup, for a time"},
		{rules.ActionLater, "Accept the later deadline that waits for somebody's word"},
	}
}
