package commands

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/incident"
)

// Whatever people can do on a card they can do on the command line. The actions
// are read out of the processes' source, so that a new one cannot be forgotten.
func TestEveryActOfACardHasACommand(t *testing.T) {
	elsewhere := map[string]string{
		"change/gate":       "starter change gate, which sends files, too",
		"incident/declare":  "starter incident declare, which has no subject yet",
		"exception/request": "starter exception request, which has no subject yet",
		"incident/reassign": "a page is given away where it rang, at the pager",
	}
	declared := regexp.MustCompile(`(?m)^\s*(?:const )?Action[A-Z]\w*\s*=\s*"([a-z_-]+)"`)
	for _, d := range descriptors() {
		files, err := filepath.Glob(filepath.Join("..", "..", "compliance", d.Name, "*.go"))
		require.NoError(t, err)
		var actions []string
		for _, file := range files {
			source, err := os.ReadFile(file)
			require.NoError(t, err)
			for _, found := range declared.FindAllStringSubmatch(string(source), -1) {
				actions = append(actions, found[1])
			}
		}
		least := 6
		if d.Name == "observation" { // a finding is explained, and that is all
			least = 1
		}
		require.GreaterOrEqual(t, len(actions), least, "%s: the actions are not where they are looked for", d.Name)
		for _, action := range actions {
			if elsewhere[d.Name+"/"+action] != "" {
				continue
			}
			require.True(t, slices.ContainsFunc(d.desk.verbs, func(v verb) bool { return v.action == action }), "%s: no command for %s", d.Name, action)
		}
	}
}

// Where several could be meant, a script can name one: every choice that an
// incident may offer is a flag.
func TestWhatAnIncidentOffersIsAFlag(t *testing.T) {
	p, _, _ := fixed(t, "table", nil)
	d := incidents()
	for action, flag := range map[string]string{
		incident.ActionRollback: "run", incident.ActionApprove: "run", incident.ActionDeny: "run", incident.ActionReport: "run",
		incident.ActionFinish: "item", incident.ActionWithdraw: "item",
	} {
		require.True(t, d.desk.live(action), action)
		require.NotNil(t, p.actCommand(&d, verb{action, "Do it"}).Flags().Lookup(flag), "%s lacks --%s", action, flag)
	}
}
