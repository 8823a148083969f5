package change_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/dependency"
	"github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/compliance/gate"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/tests/processtest"
	"github.com/lowcodex/countersign/workflows/change"
)

// What passes every check of the example's gate of the claims desk.
const (
	goodFlow = `{"flow": {"name": "Claims intake", "scopes": ["claims.read"], "steps": [{"id": "1", "connector": "claims"}, {"id": "2", "connector": "mail.send"}]}}`
	goodRun  = `<testsuite name="intake" tests="3"><testcase name="a"/><testcase name="b"/><testcase name="c"/></testsuite>`
	goodScan = `{"version": "2.1.0", "runs": [{"results": []}]}`
)

// newGatedWorld is a world whose ticket is about the claims desk, which has a gate.
func newGatedWorld(t *testing.T) *world {
	w := newWorld(t)
	w.tracker.ticket.Fields["system"], w.tracker.ticket.Fields["data_class"] = "claims-desk", "internal"
	return w
}

// file stores what somebody will hand over, as the starter has it stored.
func (w *world) file(name, content string) string {
	digest, err := w.Log.Blobs().Put(context.Background(), []byte(content))
	require.NoError(w.T, err)
	return digest + " " + name
}

// evidence is what passes the gate, with parts replaced; an empty one is left out.
func (w *world) evidence(other map[gate.Part]string) map[string]string {
	out := map[string]string{}
	for part, content := range map[gate.Part]string{gate.Artefact: goodFlow, gate.TestResults: goodRun, gate.Scan: goodScan} {
		if instead, given := other[part]; given {
			content = instead
		}
		if content != "" {
			out[string(part)] = w.file(string(part)+".txt", content)
		}
	}
	if _, given := other[gate.Synthetic]; !given {
		out[rules.FieldSynthetic] = "yes"
	}
	return out
}

func (w *world) handOver(who string, answers map[string]string, then func(compliance.Reply)) {
	w.act(who, rules.ActionGate, answers, then)
}

// open are the checks that keep the gate open, as the process says.
func (w *world) open() []gate.Check {
	var out []gate.Check
	for _, f := range gate.Open(w.standing().Gate) {
		out = append(out, f.Check)
	}
	return out
}

// excuse puts an exception in force on record.
func (w *world) excuse(check gate.Check, until time.Time) {
	e := exception.Exception{
		Schema: exception.Schema, Control: check.Control(), System: "claims-desk", State: exception.InForce, Owner: "p-chidi", Ends: until,
		Check: exception.Check{Next: until, By: until.AddDate(0, 0, 8)},
	}
	facts, err := json.Marshal(exception.MovedFacts{After: &e})
	require.NoError(w.T, err)
	_, err = w.Log.Append(context.Background(), []evidence.Event{{
		Key: "exception/" + string(check), Type: exception.EventGranted, Schema: 1, Subject: "exception/" + string(check), Series: exception.Series,
		State: string(exception.InForce), At: w.Env.Now(), Facts: facts,
	}})
	require.NoError(w.T, err)
}

// An approval is refused while the gate is open, by name of the check and on
// record, and a denial is not; evidence closes the gate, and each result is on
// record with the digest of what it looked at before it counts. Requirement 6,
// Requirement 7.
func TestRequirement6_NoApprovalWhileTheGateIsOpen(t *testing.T) {
	w := newGatedWorld(t)
	w.At(time.Minute, func() {
		require.Equal(t, []gate.Check{gate.Schema, gate.Permissions, gate.Tests, gate.TestData}, w.open(), "residency and limits are known without evidence")
		w.approve("bruno", func(r compliance.Reply) {
			require.Equal(t, string(rules.GateOpen), r.Reason)
			require.Contains(t, r.Text, "tests: ")
		})
	})
	w.At(2*time.Minute, func() {
		w.handOver("jonas", w.evidence(nil), func(r compliance.Reply) {
			require.Equal(t, compliance.Recorded, r.Outcome, r.Text)
			require.Contains(t, r.Text, "passed, 6 checks")
		})
	})
	w.At(3*time.Minute, func() {
		require.Empty(t, w.open())
		w.approve("bruno", func(r compliance.Reply) { require.Equal(t, compliance.Recorded, r.Outcome, r.Text) })
		w.approve("chidi", nil)
	})
	w.At(4*time.Minute, func() { w.approve("farah", nil) })
	w.At(5*time.Minute, func() {
		w.act("goran", rules.ActionStart, map[string]string{"ready": "yes"}, func(r compliance.Reply) { require.Equal(t, compliance.Recorded, r.Outcome, r.Text) })
	})
	w.At(6*time.Minute, func() {
		w.act("goran", rules.ActionFinish, map[string]string{"result": "succeeded", "note": "It runs"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "refused", "gated", "decided", "decided", "decided", "approved", "started", "finished", "closed"}, w.records())

	gated := processtest.Facts[rules.GatedFacts](w.World, subject, rules.EventGated)[0]
	require.Len(t, gated.Results, 6)
	digest, _, _ := strings.Cut(w.file("x", goodRun), " ")
	at := slices.IndexFunc(gated.Results, func(r gate.Result) bool { return r.Check == gate.Tests })
	require.Equal(t, compliance.CheckPass, gated.Results[at].Outcome)
	require.Equal(t, digest, gated.Results[at].Artefact)
	require.Equal(t, "shown synthetic", gated.Stated.Text, "as it was shown")
	record := w.Entries(subject)[3].Record
	require.Contains(t, record.Blobs, evidence.BlobRef{Role: "tests", Digest: digest}, "the results are attached to the record")
	require.Equal(t, "p-jonas", record.Actor.Person)
	refused := processtest.Facts[rules.ActFacts](w.World, subject, rules.EventRefused)[0]
	require.Contains(t, refused.Gate, gate.Mark{Check: gate.Tests, Reason: gate.NotGiven})
	decided := processtest.Facts[rules.ActFacts](w.World, subject, rules.EventDecided)[0]
	require.Len(t, decided.Gate, 6, "an approval says where the gate stood")
}

// A denial needs no gate, and abstaining neither.
func TestRequirement7_ADenialNeedsNoEvidence(t *testing.T) {
	w := newGatedWorld(t)
	w.At(time.Minute, func() {
		w.act("chidi", rules.ActionAbstain, nil, func(r compliance.Reply) { require.Equal(t, compliance.Recorded, r.Outcome) })
		w.act("bruno", rules.ActionDeny, map[string]string{"reason": "Not without tests"}, func(r compliance.Reply) { require.Equal(t, compliance.Recorded, r.Outcome) })
	})
	w.At(2*time.Minute, func() { w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "Agreed"}, nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Contains(t, w.records(), "rejected")
}

// What fails, what cannot be read and what holds nothing keeps the gate open, each
// in its own words. Requirement 6, Requirement 7, Requirement 8.
func TestRequirement8_WhatKeepsTheGateOpen(t *testing.T) {
	hit := `{"version": "2.1.0", "runs": [{"results": [{"ruleId": "email", "message": {"text": "anna@example.org"}}]}]}`
	for name, tc := range map[string]struct {
		parts   map[gate.Part]string
		check   gate.Check
		outcome compliance.CheckOutcome
		says    string
	}{
		"a form that is not the schema's": {map[gate.Part]string{gate.Artefact: `{"flow": {"name": "x", "steps": [{"id": "1", "connector": 7}]}}`}, gate.Schema, compliance.CheckFail, "/flow/steps/0/connector"},
		"a connector it may not use":      {map[gate.Part]string{gate.Artefact: strings.Replace(goodFlow, "mail.send", "payroll", 1)}, gate.Permissions, compliance.CheckFail, "payroll"},
		"an artefact that is no JSON":     {map[gate.Part]string{gate.Artefact: "PK\x03\x04"}, gate.Schema, compliance.CheckError, "JSON"},
		"a test that failed":              {map[gate.Part]string{gate.TestResults: strings.Replace(goodRun, `<testcase name="c"/>`, `<testcase name="c"><failure/></testcase>`, 1)}, gate.Tests, compliance.CheckFail, "1 of 3 failed"},
		"no test at all":                  {map[gate.Part]string{gate.TestResults: `<testsuites/>`}, gate.Tests, compliance.CheckNoData, "no case"},
		"personal data in the test data":  {map[gate.Part]string{gate.Scan: hit}, gate.TestData, compliance.CheckFail, "1 hits of “email”"},
		"data nobody calls synthetic":     {map[gate.Part]string{gate.Synthetic: ""}, gate.TestData, compliance.CheckNoData, "nobody has stated"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newGatedWorld(t)
			w.At(time.Minute, func() {
				w.handOver("jonas", w.evidence(tc.parts), func(r compliance.Reply) {
					require.Equal(t, compliance.Recorded, r.Outcome, "what fails is evidence, too")
					require.Contains(t, r.Text, tc.says)
					require.NotContains(t, r.Text, "anna@", "no content of a file is repeated")
				})
			})
			w.At(2*time.Minute, func() {
				require.Contains(t, w.open(), tc.check)
				at := slices.IndexFunc(w.standing().Gate, func(f gate.Finding) bool { return f.Check == tc.check })
				require.Equal(t, tc.outcome, w.standing().Gate[at].Outcome)
				w.approve("bruno", func(r compliance.Reply) { require.Equal(t, string(rules.GateOpen), r.Reason) })
			})
			w.At(3*time.Minute, func() { w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "Not ready"}, nil) })
			w.run()
			require.NoError(t, w.Env.GetWorkflowError())
		})
	}
}

// Data of a class that may not be where the change goes keep the gate open from
// the start, and so does a change that names no class. Requirement 62.
func TestRequirement62_DataThatMayNotBeThere(t *testing.T) {
	for class, outcome := range map[string]compliance.CheckOutcome{"": compliance.CheckNoData, "health": compliance.CheckFail, "personal": compliance.CheckPass} {
		t.Run(class, func(t *testing.T) {
			w := newGatedWorld(t)
			w.tracker.ticket.Fields["data_class"] = class
			w.At(time.Minute, func() {
				at := slices.IndexFunc(w.standing().Gate, func(f gate.Finding) bool { return f.Check == gate.Residency })
				require.Equal(t, outcome, w.standing().Gate[at].Outcome)
				w.handOver("jonas", w.evidence(nil), nil)
			})
			w.At(2*time.Minute, func() {
				w.approve("bruno", func(r compliance.Reply) {
					require.Equal(t, outcome != compliance.CheckPass, r.Reason == string(rules.GateOpen), r.Text)
				})
			})
			w.At(3*time.Minute, func() { w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "Enough"}, nil) })
			w.run()
			require.NoError(t, w.Env.GetWorkflowError())
		})
	}
}

// Only some may hand evidence over, and what they name must be there; every refusal
// is on record with its own sentence.
func TestRequirement7_WhoMayHandOver(t *testing.T) {
	w := newGatedWorld(t)
	refused := func(reason rules.Reason) func(compliance.Reply) {
		return func(r compliance.Reply) {
			require.Equal(t, string(reason), r.Reason)
			require.Contains(t, r.Text, reason.Text())
		}
	}
	w.At(time.Minute, func() {
		w.handOver("farah", w.evidence(nil), refused(rules.NotSender))
		w.handOver("nobody", w.evidence(nil), refused(rules.UnknownPerson))
		w.handOver("jonas", map[string]string{"tests": "sha256:" + strings.Repeat("0", 64) + " run.xml"}, refused(rules.FileMissing))
		w.handOver("jonas", map[string]string{"tests": "run.xml"}, refused(rules.UnreadableFile))
		w.handOver("jonas", map[string]string{rules.FieldReviewLink: "https://code.example/1"}, refused(rules.MissingAnswer))
		w.handOver("emeka", w.evidence(nil), func(r compliance.Reply) {
			require.Equal(t, compliance.Recorded, r.Outcome, "a member of a group that the policy names")
		})
	})
	w.At(2*time.Minute, func() { w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "Enough"}, nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, 5, countOf(w.records(), "refused"))
	require.Equal(t, 1, countOf(w.records(), "gated"))
}

// A change without a gate takes no evidence and is approved as ever.
func TestRequirement7_NoGate(t *testing.T) {
	w := newWorld(t)
	w.At(time.Minute, func() {
		w.handOver("jonas", w.evidence(nil), func(r compliance.Reply) { require.Equal(t, string(rules.NoGate), r.Reason) })
		w.approve("bruno", func(r compliance.Reply) { require.Equal(t, compliance.Recorded, r.Outcome) })
	})
	w.At(2*time.Minute, func() { w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "Enough"}, nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
}

// An exception with an end excuses its check and no other, until its end: an
// approved change whose exception ended does not start. Requirement 7.
func TestRequirement7_AnExceptionExcusesUntilItsEnd(t *testing.T) {
	w := newGatedWorld(t)
	w.At(time.Minute, func() {
		w.handOver("jonas", w.evidence(map[gate.Part]string{gate.TestResults: ""}), nil)
	})
	w.At(2*time.Minute, func() {
		require.Equal(t, []gate.Check{gate.Tests}, w.open())
		w.excuse(gate.Tests, w.Env.Now().Add(time.Hour))
		w.approve("bruno", func(r compliance.Reply) { require.Equal(t, compliance.Recorded, r.Outcome, r.Text) })
		w.approve("chidi", nil)
	})
	w.At(3*time.Minute, func() {
		at := slices.IndexFunc(w.standing().Gate, func(f gate.Finding) bool { return f.Check == gate.Tests })
		require.Equal(t, "EXC-1", w.standing().Gate[at].Waived.Number)
		w.approve("farah", nil)
	})
	start := func(then func(compliance.Reply)) {
		w.act("goran", rules.ActionStart, map[string]string{"ready": "yes"}, then)
	}
	w.At(2*time.Hour, func() {
		start(func(r compliance.Reply) {
			require.Equal(t, string(rules.GateOpen), r.Reason)
			require.Contains(t, r.Text, "tests: ")
		})
	})
	w.At(3*time.Hour, func() {
		w.handOver("goran", map[string]string{"tests": w.file("run.xml", goodRun)}, func(r compliance.Reply) {
			// Results that came with no word about another artefact count for the one attached.
			require.Contains(t, r.Text, "passed, 6 checks")
		})
		start(func(r compliance.Reply) { require.Equal(t, compliance.Recorded, r.Outcome, r.Text) })
	})
	w.At(3*time.Hour+time.Minute, func() {
		w.handOver("goran", nil, func(r compliance.Reply) { require.Equal(t, string(rules.AlreadyExecuting), r.Reason) })
		w.act("goran", rules.ActionFinish, map[string]string{"result": "succeeded", "note": "It runs"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	decided := processtest.Facts[rules.ActFacts](w.World, subject, rules.EventDecided)[0]
	at := slices.IndexFunc(decided.Gate, func(m gate.Mark) bool { return m.Check == gate.Tests })
	require.Equal(t, "EXC-1", decided.Gate[at].Waived.Number, "the approval says which exception let it past")
}

// An edit of the ticket keeps the evidence; another artefact ends what was said
// about the first, and results become too old by themselves. Requirement 6.
func TestRequirement6_EvidenceIsAboutOneArtefact(t *testing.T) {
	w := newGatedWorld(t)
	w.At(time.Minute, func() { w.handOver("jonas", w.evidence(nil), nil) })
	w.At(2*time.Minute, func() { w.edit(false, map[string]string{"plan": "Another plan"}) })
	w.At(3*time.Minute, func() {
		require.Equal(t, 2, w.standing().Version)
		require.Empty(t, w.open(), "the artefact did not change")
		w.handOver("jonas", map[string]string{"artefact": w.file("flow.json", strings.Replace(goodFlow, "intake", "triage", 1))}, func(r compliance.Reply) {
			require.Equal(t, compliance.Recorded, r.Outcome)
		})
	})
	w.At(4*time.Minute, func() {
		require.Equal(t, []gate.Check{gate.Tests, gate.TestData}, w.open())
		for _, f := range gate.Open(w.standing().Gate) {
			require.Equal(t, gate.OtherArtefact, f.Reason)
		}
		w.handOver("jonas", w.evidence(map[gate.Part]string{gate.Artefact: ""}), nil)
	})
	w.At(5*time.Minute, func() { require.Empty(t, w.open()) })
	w.At(6*time.Minute, func() { w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "Enough"}, nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
}

// Results that were in time when they came are not when they have aged.
func TestRequirement6_ResultsBecomeTooOld(t *testing.T) {
	w := newGatedWorld(t)
	old := strings.Replace(goodRun, "<testsuite ", `<testsuite timestamp="`+saturday.AddDate(0, 0, -30).Add(time.Hour).Format("2006-01-02T15:04:05")+`" `, 1)
	w.At(time.Minute, func() { w.handOver("jonas", w.evidence(map[gate.Part]string{gate.TestResults: old}), nil) })
	w.At(2*time.Minute, func() {
		require.Empty(t, w.open())
		w.approve("bruno", func(r compliance.Reply) { require.Equal(t, compliance.Recorded, r.Outcome, r.Text) })
	})
	w.At(time.Hour, func() {
		w.approve("chidi", func(r compliance.Reply) {
			require.Equal(t, string(rules.GateOpen), r.Reason)
			require.Contains(t, r.Text, gate.Stale.Text())
		})
		w.handOver("jonas", map[string]string{"tests": w.file("again.xml", old)}, func(r compliance.Reply) {
			require.Contains(t, r.Text, gate.Stale.Text(), "sending them again makes them no younger")
		})
	})
	w.At(2*time.Hour, func() { w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "Enough"}, nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
}

// The card and the ticket say what the gate wants, and what each check came to on what.
func TestRequirement6_TheGateIsOnTheCard(t *testing.T) {
	w := newGatedWorld(t)
	w.At(time.Minute, func() { w.handOver("goran", w.evidence(map[gate.Part]string{gate.TestResults: "<testsuites/>"}), nil) })
	w.At(2*time.Minute, func() {
		card := w.Surface.Last()
		facts := map[string]string{}
		for _, f := range card.Facts {
			facts[f.Label] = f.Text
		}
		require.Equal(t, "open, 1 of 6 checks: tests", facts["Gate, claims-desk"])
		digest, _, _ := strings.Cut(w.file("x", goodFlow), " ")
		require.Equal(t, "pass, "+gate.Short(digest)+" of artefact.txt", facts["Check, schema"])
		require.True(t, slices.ContainsFunc(card.Actions, func(a compliance.Action) bool { return a.Name == rules.ActionGate }))
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "Enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.True(t, slices.ContainsFunc(w.tracker.steps[0].Comment, func(f compliance.Fact) bool {
		return strings.Contains(f.Text, "starter change gate CHG-1")
	}), "the ticket says how to hand it over")
	require.True(t, slices.ContainsFunc(w.Surface.Notes(), func(n compliance.Note) bool {
		return strings.Contains(n.Text, "tests: ") && slices.Contains(n.People, "p-jonas")
	}), "the requester is called: it was the implementer who sent it")
}

// A rollout's change is started by its process only while the gate is closed.
func TestRequirement7_ACarriedChangeStartsBehindTheGateOnly(t *testing.T) {
	w := newGatedWorld(t)
	w.At(10*time.Second, func() { w.handOver("jonas", w.evidence(map[gate.Part]string{gate.TestResults: ""}), nil) })
	w.At(20*time.Second, func() { w.excuse(gate.Tests, w.Env.Now().Add(time.Hour)) })
	told := w.carried(nil, func() {})
	w.At(2*time.Hour, func() { w.report("late", rules.Executing) })
	w.At(3*time.Hour, func() { w.report("gone", rules.WithdrawnChange) })
	w.runCarried()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, rules.GateOpen, asked(told.list(), "late").Reason)
	require.Zero(t, countOf(w.records(), "started"))
}

// A repeated delivery, over either path, is one record, and files are stored once.
func TestRequirement6_StoringAFileTwiceIsStoringItOnce(t *testing.T) {
	w := newWorld(t)
	w.Env.RegisterWorkflow(change.StoreGateFile)
	w.Env.ExecuteWorkflow(change.StoreGateFile, change.GateFileInput{Data: []byte(goodRun)})
	require.NoError(t, w.Env.GetWorkflowError())
	var stored change.GateFileResult
	require.NoError(t, w.Env.GetWorkflowResult(&stored))
	digest, _, _ := strings.Cut(w.file("x", goodRun), " ")
	require.Equal(t, digest, stored.Blob)
}

// known answers about packages as a database of vulnerabilities does.
type known struct {
	mu    sync.Mutex
	list  []dependency.Finding
	err   error
	asked int
}

func (k *known) set(list []dependency.Finding, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.list, k.err = list, err
}

func (k *known) Find(_ context.Context, purls []string) (dependency.Findings, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked++
	return dependency.Findings{Source: "known", Asked: purls, List: k.list}, k.err
}

// The packages of custom code are held against the policy's list at once, and what
// is known of them is asked for beside the change, which nobody waits for: what is
// found, and what nobody answers, keeps the gate open. Requirement 10, Requirement 11.
func TestRequirement10_WhatIsKnownOfPackagesKeepsTheGateOpen(t *testing.T) {
	w := newGatedWorld(t)
	w.Rewrite("rules/gate.yaml", "      - check: residency\n", "      - check: residency\n      - check: dependencies\n        max_age: 7d\n      - check: allowlist\n        packages: [{package: pkg:npm/lodash, versions: ^4.17.0, until: \"2026-12-01T00:00:00Z\"}]\n")
	database := &known{}
	w.Env.RegisterActivity(&activities.Vulnerabilities{Source: database, Blobs: w.Log.Blobs()})
	lock := func(name string) map[string]string {
		return map[string]string{"manifest": w.file("package-lock.json", `{"name": "x", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": {"name": "x"}, "node_modules/`+name+`": {"version": "4.17.20", "resolved": "https://registry.npmjs.org/`+name+`/-/`+name+`-4.17.20.tgz", "integrity": "sha512-AAAA"}}}`)}
	}
	finding := func(c gate.Check) gate.Finding {
		all := w.standing().Gate
		return all[slices.IndexFunc(all, func(f gate.Finding) bool { return f.Check == c })]
	}
	w.At(time.Minute, func() {
		w.handOver("jonas", w.evidence(nil), nil)
		w.handOver("jonas", lock("evil"), func(r compliance.Reply) { require.Contains(t, r.Text, "being looked up") })
	})
	w.At(2*time.Minute, func() {
		require.Equal(t, compliance.CheckFail, finding(gate.Allowlist).Outcome)
		require.Contains(t, finding(gate.Allowlist).Detail, "evil")
		require.Equal(t, compliance.CheckPass, finding(gate.Dependencies).Outcome, finding(gate.Dependencies).Detail)
		database.set([]dependency.Finding{{ID: "GHSA-1", PURL: "pkg:npm/lodash@4.17.20", Severity: patch.High}}, nil)
		w.handOver("jonas", lock("lodash"), nil)
	})
	w.At(3*time.Minute, func() {
		require.Equal(t, compliance.CheckPass, finding(gate.Allowlist).Outcome, finding(gate.Allowlist).Detail)
		require.Equal(t, time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), finding(gate.Allowlist).Until, "as long as its entry")
		require.Equal(t, gate.Failed, finding(gate.Dependencies).Reason)
		require.Contains(t, finding(gate.Dependencies).Detail, "GHSA-1")
		w.approve("bruno", func(r compliance.Reply) { require.Equal(t, string(rules.GateOpen), r.Reason) })
		database.set(nil, &compliance.Failure{Class: compliance.Unavailable, Op: "ask"})
		w.handOver("jonas", nil, nil) // look again
	})
	w.At(20*time.Minute, func() {
		require.Equal(t, gate.Errored, finding(gate.Dependencies).Reason, "nobody answered: that is no pass, and nobody was kept waiting")
		database.set(nil, nil)
		w.handOver("jonas", nil, nil)
	})
	w.At(21*time.Minute, func() {
		require.Empty(t, w.open(), finding(gate.Dependencies).Detail)
		w.approve("bruno", func(r compliance.Reply) { require.Equal(t, compliance.Recorded, r.Outcome, r.Text) })
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "Enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, 9, countOf(w.records(), "gated"), "five handed over or looked again, four answers")
	require.True(t, slices.ContainsFunc(w.Entries(subject), func(e evidence.Entry) bool {
		return e.Record.Type == rules.EventGated && len(e.Record.Blobs) == 1 && e.Record.Blobs[0].Role == "findings"
	}), "what was found is attached to the record")
}
