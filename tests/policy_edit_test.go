package tests

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/compliance/rules"
	"github.com/lowcodex/countersign/starter/commands"
	"github.com/lowcodex/countersign/tests/harness"
	process "github.com/lowcodex/countersign/workflows/rules"
)

// Edits of the policy's files are evidence, once however many processes see them and
// whatever is restarted in between: the first policy, rules with what differs and
// their content, the directory by place only, and a broken edit that was refused.
func TestC37_EditsAreEvidence(t *testing.T) {
	w := harness.NewWorld(t, harness.WorldOptions{})
	stopEvidence := w.Run(app.RoleEvidence)
	stop := w.Run(app.RoleWorkflows, app.RoleActivities)
	_, first := policyRecord(w, rules.EventFirst, 1)
	require.Equal(t, rules.Version{Rules: w.Rules.Hash, Directory: w.Directory.Hash}, first.After)
	require.False(t, first.Required)

	harness.Edit(t, w.Policy, "rules/chains.yaml", "deadline: 72h", "deadline: 71h")
	r, edited := policyRecord(w, rules.EventEdited, 1)
	require.Equal(t, []string{w.Rules.Hash, rules.ByFiles}, []string{edited.Before.Rules, edited.By})
	require.Equal(t, edited.After.Rules, r.Rules.Hash)
	require.Equal(t, "~ chains: low-risk.levels[Platform owners].deadline  72h → 71h", content(w, r.Blobs, "differences"))
	require.Contains(t, content(w, r.Blobs, "rules"), `"71h"`, "its content is kept")

	harness.Edit(t, w.Policy, "directory/groups.yaml", "[p-farah, p-hana]", "[p-farah]")
	r, directory := policyRecord(w, rules.EventDirectory, 1)
	require.Equal(t, edited.After.Rules, directory.After.Rules)
	require.Equal(t, "groups: security removed", content(w, r.Blobs, "differences"), "by place: it is about people")

	harness.Edit(t, w.Policy, "rules/chains.yaml", "deadline: 71h", "deadline: soon")
	_, broken := policyRecord(w, rules.EventBroken, 1)
	require.Equal(t, rules.Broken, broken.Reason)
	require.Contains(t, strings.Join(broken.Places, ", "), "rules/chains.yaml line ")

	// What is edited while nothing runs is on record by whoever starts first.
	stop()
	stopEvidence()
	harness.Edit(t, w.Policy, "rules/chains.yaml", "deadline: soon", "deadline: 70h")
	w.Run(app.RoleEvidence)
	w.Run(app.RoleWorkflows, app.RoleActivities)
	_, again := policyRecord(w, rules.EventEdited, 2)
	require.Equal(t, edited.After.Rules, again.Before.Rules)
	harness.Edit(t, w.Policy, "rules/chains.yaml", "deadline: 70h", "deadline: 72h")
	_, back := policyRecord(w, rules.EventEdited, 3)
	require.Equal(t, w.Rules.Hash, back.After.Rules, "an edit that is taken back is an edit")
	var types []string
	for _, e := range policyRecords(w) {
		types = append(types, strings.TrimPrefix(e.Record.Type, "rules."))
	}
	w.RecordHistory(process.KeeperID, "rules-kept")
	require.Equal(t, "first edited directory_edited broken edited edited", strings.Join(types, " "))
	require.Empty(t, w.Verify().Findings)
}

// Rules in force that send their own change to nobody who could approve it: two
// people bring others into force without a change, on record as an override (C37).
func TestC37_AnOverrideIsTheWayOut(t *testing.T) {
	g := newGoverned(t)
	g.Run(app.RoleAll)
	policyRecord(g.World, rules.EventFirst, 1)
	mended := copyPolicy(t, g.Policy)
	harness.Edit(t, mended, "rules/organisation.yaml", "risk: medium", "risk: low")
	var asked struct {
		ID string
		process.Proposed
	}
	g.starter(commands.ExitUsage, nil, "policy", "override", mended, "--as", "cli:jonas")
	g.starter(commands.ExitOK, &asked, "policy", "override", mended, "--as", "cli:jonas", "--reason", "Nobody of the board is left")
	require.Equal(t, process.Unconfirmed, asked.Stage)
	said := g.starter(commands.ExitRefused, nil, "policy", "confirm", asked.ID, "--rules", asked.Rules, "--as", "cli:jonas")
	require.Contains(t, said, rules.SamePerson.Text())
	var done process.Proposed
	g.starter(commands.ExitOK, &done, "policy", "confirm", asked.ID, "--rules", asked.Rules, "--as", "cli:bruno")
	require.Equal(t, process.Adopted, done.Stage)
	r, f := policyRecord(g.World, rules.EventOverridden, 1)
	require.Equal(t, []string{"p-jonas", "p-bruno", asked.Rules}, []string{r.Actor.Person, f.Confirmed, f.After.Rules})
	asked1, _ := policyRecord(g.World, rules.EventOverrideAsked, 1)
	require.Equal(t, "Nobody of the board is left", content(g.World, asked1.Blobs, "reason"))
	policyRecord(g.World, rules.EventUnconfirmed, 1)
	g.RecordHistory(process.ProposalID(asked.ID), "rules-overridden")
	require.Empty(t, g.Site.Jira.Issues())
}
