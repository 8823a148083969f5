package commands

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/policy"
)

// standardPolicy is the example with one template.
func standardPolicy(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, policy.WriteExample(dir))
	fields := filepath.Join(dir, "rules", "fields.yaml")
	text, err := os.ReadFile(fields)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(fields, append(text, []byte("  template: {id: customfield_10190, kind: choice, class: material}\n")...), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "rules", "templates.yaml"), []byte(`apiVersion: countersign/v1
kind: templates
templates:
  - name: restart-portal
    class: standard
    systems: [order-portal]
    environments: [acceptance, production]
    fixed: {risk: low, plan: "1. Drain\n2. Restart", test_plan: Place an order, rollback: Start the former version, duration: 30m}
    fills: [implementer, rollback_owner, rollback_tested_on]
    chain: low-risk
    valid_until: "2027-06-30"
    approved_by: p-alice
`), 0o600))
	return dir
}

func ran(t *testing.T, args ...string) (int, string, string) {
	t.Helper()
	var out, notes bytes.Buffer
	code := Run(context.Background(), args, strings.NewReader(""), &out, &notes, nil)
	return code, out.String(), notes.String()
}

func TestRequirement13_ATemplateIsPrintedToFillIn(t *testing.T) {
	dir := standardPolicy(t)
	for _, args := range [][]string{{"--template", "restart-portal"}, {"--template=restart-portal"}} {
		code, out, notes := ran(t, append([]string{"change", "submit", "--policy", dir}, args...)...)
		require.Equal(t, ExitOK, code, notes)
		f, err := parseChange("restart.yaml", []byte(out), []string{"template"})
		require.NoError(t, err, out)
		require.Equal(t, map[string]string{
			"template": "restart-portal", "title": "", "system": "order-portal", "environment": "", "risk": "low", "plan": "1. Drain\n2. Restart",
			"test_plan": "Place an order", "rollback": "Start the former version", "duration": "30m", "implementer": "", "rollback_owner": "", "rollback_tested_on": "",
		}, f.fields)
	}
	code, out, _ := ran(t, "change", "submit", "--template")
	require.Equal(t, ExitOK, code)
	require.Equal(t, template, out, "alone it is the file with remarks")
	code, _, notes := ran(t, "change", "submit", "--policy", dir, "--template", "restart")
	require.Equal(t, ExitUsage, code)
	require.Contains(t, notes, "choose one of restart-portal")
	code, _, notes = ran(t, "change", "submit", "--template", "restart-portal")
	require.Equal(t, ExitUsage, code)
	require.Contains(t, notes, "--policy")
}

func TestRequirement13_AFileByATemplateIsFilledUpAndHeldAgainstIt(t *testing.T) {
	dir := standardPolicy(t)
	p := &program{options: options{policy: dir}, now: instant}
	submit := func(content string) (map[string]string, error) {
		path := filepath.Join(t.TempDir(), "restart.yaml")
		require.NoError(t, os.WriteFile(path, []byte(head+content), 0o600))
		in, err := p.submissionInput(submission{file: path, template: "restart-portal", as: "cli:alice"})
		return in.Fields, err
	}
	own := "title: Restart the portal\nenvironment: production\nimplementer: cli:bruno\nrollback_owner: cli:bruno\nrollback_tested_on: 2026-11-02\n"
	fields, err := submit(own)
	require.NoError(t, err)
	require.Equal(t, "restart-portal", fields["template"])
	require.Equal(t, "1. Drain\n2. Restart", fields["plan"])
	require.Equal(t, "order-portal", fields["system"])
	_, err = submit(own + "plan: Something else\n")
	require.ErrorContains(t, err, `restart.yaml:8: it differs from the template "restart-portal"`)
	_, err = submit(own + "template: another\n")
	require.ErrorContains(t, err, `by the template "another"`)
	_, err = submit("title: Restart the portal\n")
	require.ErrorContains(t, err, "implementer", "what the requester fills in is asked for")
}
