package commands

import (
	"context"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/converter"

	rules "github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/evidence"
	process "github.com/lowcodex/countersign/workflows/certification"
)

// certifications describes the documents that vendors owe. Its special verbs
// are vendor add, which has one tracked, and vendor renew.
func certifications() descriptor {
	return descriptor{Process: of("certification"), group: "vendor", desk: &desk{
		short:    "Have vendors' documents tracked, look at them, act on them",
		workflow: process.Type,
		subject:  regexp.MustCompile(`^` + process.IDPrefix + `[a-z0-9][a-z0-9_-]*/[a-z0-9][a-z0-9_-]*$`),
		example:  "certification/mendix/soc2-type2",
		verbs:    vendorVerbs(),
		form:     rules.FormFor,
		update:   process.UpdateFor,
		acted:    process.SignalActed,
		query:    process.QueryStanding,
		bound:    "The act is bound to the version, reminder and document you are shown: if another is current by then, it is refused.",
		showHelp: "Show how a vendor's document stands: state, coverage, renewal, grace, who owns it, what it\n" +
			"asks of changes, and when something comes next by itself.",
		decode: func(v converter.EncodedValue) (standing, error) {
			var s vendorStanding
			err := v.Get(&s)
			return s, err
		},
		recorded: func(old evidence.Standing) standing {
			return vendorStanding{Number: old.Number, Subject: old.Subject, State: rules.State(old.State), LastIndex: old.Index}
		},
		stages: vendorStages(),
		columns: []column{
			{"SYSTEM", func(r row) string { return r.System }},
		},
		alias: &alias{"vendor and document (mendix/soc2-type2)", "vendor and document (mendix/soc2-type2)", vendorForm(), vendorByName},
		special: func(p *program) []*cobra.Command {
			return []*cobra.Command{p.vendorAddCommand(), p.vendorRenewCommand()}
		},
	}}
}

func vendorVerbs() []verb {
	return []verb{
		{rules.ActionAcknowledge, "Acknowledge the last reminder, so that it goes to nobody else"},
		{rules.ActionRequest, "Record that the vendor was asked for the document"},
		{rules.ActionReceive, "Record that a document came, with the days it covers"},
		{rules.ActionReview, "Take up the review of the document in hand"},
		{rules.ActionAccept, "Accept the document under review"},
		{rules.ActionReturn, "Return the document under review to the vendor"},
		{rules.ActionGrace, "Decide whether it may lack cover for a while"},
		{rules.ActionWithdraw, "Record that the vendor took its document back"},
	}
}

// vendorStages lists the values the search attribute Stage can have.
func vendorStages() []string {
	var all []string
	for _, s := range rules.States() {
		if !s.Terminal() { // those of a version that is over are never the tracker's
			all = append(all, string(s))
		}
	}
	return all
}

// vendorForm is vendor and document as people name them, in upper case as the
// resolver compares it.
func vendorForm() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Z0-9][A-Z0-9_-]*/[A-Z0-9][A-Z0-9_-]*$`)
}

// vendorByName makes the workflow id of vendor and document; it asks nobody.
func vendorByName(_ context.Context, _ *program, _ engine, name string) (string, error) {
	vendor, artefact, _ := strings.Cut(strings.ToLower(name), "/")
	return process.WorkflowID(vendor, artefact), nil
}

// vendorRenewCommand is the receipt of a renewal, the act people look for under
// this name.
func (p *program) vendorRenewCommand() *cobra.Command {
	d := certifications()
	cmd := p.actCommand(&d, verb{rules.ActionReceive, "Record that a renewal came, with the days it covers"})
	cmd.Use = "renew " + d.argument()
	cmd.Long += "\n\nA renewal takes the place of the document in force once somebody else has accepted it:\n" +
		"starter vendor review, then starter vendor accept. Days that neither covers are a finding."
	cmd.Example = "  starter vendor renew mendix/soc2-type2 --from 2027-01-01 --to 2027-12-31 --document vault://soc2-2027.pdf"
	kind := cmd.Flags().Lookup(rules.FieldKind)
	if err := kind.Value.Set(rules.KindRenewal); err == nil {
		kind.Hidden = true
	}
	return cmd
}
