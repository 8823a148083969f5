package commands

import (
	"regexp"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/converter"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/evidence"
	process "github.com/lowcodex/countersign/workflows/exception"
)

// exceptions describes the exception from a control, whose special verb is the request.
func exceptions() descriptor {
	return descriptor{Process: of("exception"), group: "exception", desk: &desk{
		short:    "Ask for exceptions from controls, look at them, act on them",
		workflow: process.Type,
		subject:  regexp.MustCompile(`^` + process.IDPrefix + `[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`),
		example:  "exception/0b6e2d7c-93a1-8f04-a5c8-3f2a9c1b7d04",
		verbs: []verb{
			{rules.ActionApprove, "Approve the request, or the renewal under decision"},
			{rules.ActionDeny, "Deny the request, or the renewal under decision"},
			{rules.ActionConfirm, "Confirm that the compensating control works, when it was asked"},
			{rules.ActionFails, "Say that the compensating control fails, which ends the exception"},
			{rules.ActionRenew, "Ask for a renewal, which is decided anew"},
			{rules.ActionEnd, "End it early, say that the matter is remedied, or take the request back"},
		},
		form:   func(action string) (compliance.Form, bool) { return rules.FormFor(action) },
		update: process.UpdateFor,
		acted:  process.SignalActed,
		query:  process.QueryStanding,
		bound:  "The act is bound to the decision and the question you are shown: if another is under way by then, it is refused.",
		showHelp: "Show how an exception stands: what it excuses and since when, until when, who owns and who\n" +
			"verifies it, what is being decided or asked, and when something comes next by itself.",
		decode: func(v converter.EncodedValue) (standing, error) {
			var s exceptionStanding
			err := v.Get(&s)
			return s, err
		},
		recorded: func(old evidence.Standing) standing {
			return exceptionStanding{Number: old.Number, Subject: old.Subject, State: rules.State(old.State), LastIndex: old.Index}
		},
		stages: textsOf(rules.States()),
		columns: []column{
			{"SYSTEM", func(r row) string { return r.System }},
			{"ENVIRONMENT", func(r row) string { return r.Environment }},
		},
		special: func(p *program) []*cobra.Command { return []*cobra.Command{p.exceptionRequestCommand()} },
	}}
}
