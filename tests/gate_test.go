package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/gate"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/starter/commands"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/change"
)

// storyGate is a gate of the sandbox system, whose window is always open.
const storyGate = `apiVersion: countersign/v1
kind: gate
data_classes:
  - {name: personal, regions: [eu]}
gates:
  - name: sandbox
    when: {systems: [sandbox]}
    checks:
      - {check: schema, schema: claims-flow}
      - check: permissions
        elements: [{name: connectors, path: "/flow/steps/*/connector", allow: [claims]}]
      - {check: failure_injection, must: [gateway times out]}
      - {check: tests, least: 2, max_age: 7d}
      - {check: test_data}
      - {check: code_review}
      - {check: dependencies}
      - {check: allowlist, packages: [{package: "pkg:npm/lodash", versions: ^4.17.20}]}
      - {check: residency}
      - {check: limits, max_age: 1800d}
`

// handed are the files that the implementer has, by their names.
var handed = map[string]string{
	"flow.json":  `{"flow": {"name": "Intake", "steps": [{"id": "1", "connector": "claims"}]}}`,
	"faults.xml": `<testsuite tests="1"><testcase name="gateway times out"/></testsuite>`,
	"bad.xml":    `<testsuite tests="2"><testcase name="a"/><testcase name="b"><failure/></testcase></testsuite>`,
	"good.xml":   `<testsuite tests="2"><testcase name="a"/><testcase name="b"/></testsuite>`,
	"scan.sarif": `{"version": "2.1.0", "runs": [{"results": []}]}`,
	"package-lock.json": `{"name": "intake", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": {"name": "intake"},
		"node_modules/lodash": {"version": "4.17.20", "resolved": "https://registry.npmjs.org/lodash/-/lodash-4.17.20.tgz", "integrity": "sha512-AAAA"}}}`,
}

// A change whose gate is open is not approved; evidence comes from the command
// line, what fails is mended, what cannot be had is excused by an exception that
// others decide on, and then it is approved and started. Requirement 6, Requirement 7,
// Requirement 8, Requirement 9, Requirement 10, Requirement 11, Requirement 12,
// Requirement 62.
func TestChange_GateOpensOnEvidenceAndAnException(t *testing.T) {
	t.Parallel()
	w := harness.NewWorld(t, harness.WorldOptions{Policy: func(dir string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "rules", "gate.yaml"), []byte(storyGate), 0o600))
		harness.Edit(t, dir, "rules/systems.yaml", "    name: Sandbox\n", "    name: Sandbox\n    limits: {link: \"https://docs.example/limits\", digest: \"sha256:"+strings.Repeat("0a", 32)+"\", as_of: \"2026-11-01\"}\n")
		harness.Edit(t, dir, "rules/systems.yaml", "      - name: sandbox # always open\n", "      - name: sandbox # always open\n        regions: [eu]\n        data_classes: [internal, personal]\n")
	}})
	stop := w.Run(app.RoleAll)
	dir := t.TempDir()
	for name, content := range handed {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	run := func(want int, args ...string) string {
		t.Helper()
		for i, a := range args {
			if _, is := handed[a]; is {
				args[i] = filepath.Join(dir, a)
			}
		}
		var out, errs bytes.Buffer
		code := commands.Run(context.Background(), args, strings.NewReader(""), &out, &errs, w.Env().Environ())
		require.Equal(t, want, code, "starter %s\n%s%s", strings.Join(args, " "), out.String(), errs.String())
		return out.String() + errs.String()
	}
	issue := w.Submit("jonas", harness.Ticket(map[string]string{"title": "Gated", "data_class": "personal"}))
	card := w.Card("Gated", harness.Says("open, 8 of 10 checks"))
	w.Comment(issue.Key, "starter change gate CHG-1")

	require.NotEmpty(t, w.Try("bruno", card, "approve", nil).Errors, "the refusal stands in the form")
	require.Contains(t, run(1, "change", "approve", "CHG-1", "--as", "cli:chidi", "--attest", "tests,risk,rollback"), "tests: ")
	run(1, "change", "gate", "CHG-1", "--as", "cli:farah", "--tests", "good.xml") // not hers to hand over
	said := run(0, "change", "gate", "CHG-1", "--as", "cli:goran", "--artefact", "flow.json", "--faults", "faults.xml", "--tests", "bad.xml",
		"--scan", "scan.sarif", "--attest", "synthetic", "--manifest", "package-lock.json",
		"--review-link", "https://code.example/7", "--review-author", "p-goran", "--reviewer", "cli:goran")
	require.Contains(t, said, "1 of 2 failed")
	require.Contains(t, said, "same person", "the reviewer is the author under another account")
	run(0, "change", "gate", "CHG-1", "--as", "cli:goran", "--tests", "good.xml",
		"--review-link", "https://code.example/7", "--review-author", "p-goran", "--reviewer", "p-hana")
	// The database of vulnerabilities knows something of lodash 4.17.20; it is asked beside the change.
	w.Card("Gated", func(m slacktest.Message) bool {
		return harness.Says("open, 1 of 10 checks: dependencies")(m) && harness.Says("fail, ")(m)
	})
	require.Contains(t, run(0, "change", "show", "CHG-1"), "dependencies: fail")
	run(1, "change", "approve", "CHG-1", "--as", "cli:bruno", "--attest", "tests,risk,rollback")

	run(0, "exception", "request", "--as", "cli:jonas", "--control", "gate/dependencies", "--system", "sandbox", "--change", "CHG-1",
		"--reason", "The mended version breaks the intake", "--compensating", "The function with the fault is not called, which a test shows", "--verifier", "p-hana",
		"--until", time.Now().AddDate(0, 0, 14).Format(time.DateOnly))
	run(0, "exception", "approve", "EXC-1", "--as", "cli:farah", "--comment", "Looked at the list")
	run(0, "change", "approve", "CHG-1", "--as", "cli:bruno", "--attest", "tests,risk,rollback")
	w.Card("Gated", harness.Says("excused by EXC-1"))
	run(0, "change", "approve", "CHG-1", "--as", "cli:chidi", "--attest", "tests,risk,rollback")
	run(0, "change", "approve", "CHG-1", "--as", "cli:dana", "--attest", "tests,risk,rollback")
	run(0, "change", "start", "CHG-1", "--as", "cli:goran", "--attest", "ready")
	run(0, "change", "finish", "CHG-1", "--as", "cli:goran", "--result", "succeeded", "--note", "It runs")
	w.Over(w.Status(issue.Key, "closed"))
	w.RecordHistory(change.WorkflowID("example", issue.ID), "change-gated")
	require.Contains(t, run(0, "evidence", "show", "CHG-1"), "dependencies excused by EXC-1")
	stop()

	var last rules.GatedFacts
	for _, r := range recordsOf(t, w, issue) {
		if r.Type == rules.EventGated {
			last = rules.GatedFacts{}
			require.NoError(t, json.Unmarshal(r.Facts, &last))
		}
	}
	passed := 0
	for _, r := range last.Results {
		if r.Outcome == compliance.CheckPass {
			passed++
		}
	}
	require.Equal(t, 9, passed)
	at := slices.IndexFunc(last.Results, func(r gate.Result) bool { return r.Check == gate.Limits })
	require.Equal(t, "https://docs.example/limits", last.Results[at].Source, "what is documented is evidence of the gate")
	decided := firstRecord(t, w, issue, rules.EventDecided)
	var act rules.ActFacts
	require.NoError(t, json.Unmarshal(decided.Facts, &act))
	require.True(t, slices.ContainsFunc(act.Gate, func(m gate.Mark) bool { return m.Waived != nil && m.Waived.Number == "EXC-1" }))
	require.Empty(t, w.Verify().Findings)
}
