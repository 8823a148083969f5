package commands

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	process "github.com/lowcodex/countersign/workflows/patch"
)

func rolling() process.Standing {
	due := instant().Add(50 * time.Hour)
	clock := rules.Clock{Vulnerability: "CVE-2026-0001", Asset: "yard-gate", Due: due, Feed: rules.FeedStale, Ruling: rules.Ruling{Assumed: []string{"exploited"}}}
	later := clock
	later.Due, later.Feed, later.Ruling.Assumed = due.Add(11*24*time.Hour), rules.OK, nil
	digest := "sha256:" + strings.Repeat("3f2a9c01", 8)
	return process.Standing{
		Number: "PAT-7", Subject: "patch/7b0f1c5e-5d4c-4b6e-9a52-0d3f6c1a2b3c", Title: "Roll out Yard \x1b[2Jflows 2.1 to yard-flows",
		System: "yard-flows", State: rules.Held, Reason: rules.TestsNoData, Detail: "yard-canary: nothing was measured",
		Ref: rules.NewBinding("PAT-7", 2, "t4", digest).String(), Payload: rules.Payload{Title: "Yard flows", Version: "2.1", Digest: digest},
		Ring: 2, Rings: []process.RingStanding{
			{Name: "staging", State: rules.Proven, Outcome: rules.Pass, Targets: 1},
			{Name: "canary", State: rules.Testing, Outcome: rules.NoData, Targets: 1},
			{Name: "production", State: rules.Waiting, Targets: 2},
		},
		Clocks: []rules.Clock{clock}, Proposed: []rules.Clock{later}, Next: due, Change: "CHG-9",
		Ticket: compliance.TicketRef{Site: "example", ID: "10050", Key: "OPS-20"}, Awaiting: []compliance.PersonID{"p-emeka"},
		Trouble: []string{"platform: it does not answer"}, LastIndex: 61,
	}
}

func TestARolloutIsPrintedInEveryForm(t *testing.T) {
	soaking := rolling()
	soaking.State, soaking.Reason, soaking.Detail, soaking.Trouble, soaking.Proposed = rules.Rolling, rules.OK, "", nil, nil
	soaking.Rings[1] = process.RingStanding{Name: "canary", State: rules.Soaking, Outcome: rules.Pass, Targets: 1, SoakEnds: instant().Add(3 * time.Hour)}
	waiting := process.Standing{Number: "PAT-8", Subject: "patch/advisory/GHSA-1/yard-flows", State: rules.Assessing, System: "yard-flows"}
	barred := process.Standing{Number: "PAT-9", State: rules.RolledBack, Reason: rules.TestsFailed, Payload: soaking.Payload, Barred: true}
	for name, s := range map[string]process.Standing{"rollout-held": rolling(), "rollout-soaking": soaking, "rollout-waiting": waiting, "rollout-barred": barred} {
		p, out, _ := fixed(t, "table", nil)
		require.NoError(t, p.print(s, func(w io.Writer) { patchStanding(s).whole(p, w) }))
		golden(t, name, out.String())
		require.NotContains(t, out.String(), "\x1b", "a title must not reach the terminal as control characters")
	}
	p, out, _ := fixed(t, "json", nil)
	require.NoError(t, p.print(patchStanding(rolling()), nil))
	var back process.Standing
	require.NoError(t, json.Unmarshal(out.Bytes(), &back))
	require.Equal(t, rolling(), back, "JSON is the contract's own form, in UTC")
	p, out, _ = fixed(t, "yaml", nil)
	require.NoError(t, p.print(patchStanding(rolling()), nil))
	golden(t, "rollout-held-yaml", out.String())
}

// Who accepts a later deadline sees it, with the one that it takes the place of.
func TestWhatAnActOnARolloutIsAboutIsShown(t *testing.T) {
	for action, want := range map[string]string{
		rules.ActionLater: "deadline yard-gate: CVE-2026-0001, 2026-12-07 12:00 CET", rules.ActionResume: "payload Yard flows 2.1, 3f2a9c013f2a",
	} {
		p, out, _ := fixed(t, "table", nil)
		form, ok := rules.FormFor(action)
		require.True(t, ok)
		p.showSubject(p.out, patchStanding(rolling()), form, false)
		require.Contains(t, out.String(), want)
		require.Contains(t, out.String(), "held, ring 2 of 3 (canary)")
		require.NotContains(t, out.String(), "It is over")
	}
	digest, ok := patches().desk.content(rolling().Ref)
	require.True(t, ok)
	require.Equal(t, "3f2a9c013f2a", digest)
}

// Everything about a start that is wrong by itself is said before anything is sent.
func TestAStartIsCheckedFirst(t *testing.T) {
	dir := t.TempDir()
	file, empty, large := filepath.Join(dir, "flows.json"), filepath.Join(dir, "empty"), filepath.Join(dir, "large")
	write(t, file, "[]")
	write(t, empty, "")
	require.NoError(t, os.WriteFile(large, make([]byte, process.MaxPayload+1), 0o600))
	whole := []string{"--system", "yard-flows", "--summary", "Yard", "--version", "2.1", "--as", "cli:jonas"}
	for want, args := range map[string][]string{
		"which system":               {"--as", "cli:jonas"},
		"no id of a system":          append(whole[2:8:8], "--system", "Yard flows"),
		"no name of a class":         append(whole[:8:8], "--class", "Node RED"),
		"no id of an advisory":       append(whole[:8:8], "--advisory", "a b"),
		"is no CVE":                  append(whole[:8:8], "--vulnerability", "CVE-2026-0001", "--vulnerability", "GHSA-1"),
		"nothing is named":           append(whole[:8:8], "--found", "2026-11-20"),
		"--exploited says something": append(whole[:8:8], "--exploited", "no"),
		"use one of partial, total":  append(whole[:8:8], "--vulnerability", "CVE-2026-0001", "--impact", "none"),
		"is no date":                 append(whole[:8:8], "--vulnerability", "CVE-2026-0001", "--found", "yesterday"),
		"today at the latest":        append(whole[:8:8], "--vulnerability", "CVE-2026-0001", "--found", "2999-01-01"),
		"who you are":                whole[:6],
		"nothing to roll out":        whole,
		"exclude each other":         append(whole[:8:8], "--from", "yard-dev", "--file", file),
		"no name of a place":         append(whole[:8:8], "--from", "yard dev"),
		"cannot be read":             append(whole[:8:8], "--file", file+"x"),
		"is empty":                   append(whole[:8:8], "--file", empty),
		"larger than the 1048576":    append(whole[:8:8], "--file", large),
		"no UUID":                    append(whole[:8:8], "--from", "yard-dev", "--id", "7"),
		"--summary is missing":       append([]string{"--summary", ""}, append(whole[:2:2], whole[4:]...)...),
		"--version is missing":       append(whole[:4:4], "--as", "cli:jonas"),
		"--version has 61":           append(whole[:8:8], "--version", strings.Repeat("1", 61)),
		"not plain text on one line": append(whole[:8:8], "--summary", "Yard\nflows"),
		"in another order":           append([]string{"--summary", "Yard \u202eflows"}, append(whole[:2:2], whole[4:]...)...),
		"takes no argument":          append(whole[:8:8], "PAT-7"),
		"use one of low, medium":     append(whole[:8:8], "--risk", "extreme"),
	} {
		p, _, notes := fixed(t, "table", nil)
		code := p.run(context.Background(), append([]string{"patch", "start"}, args...))
		require.Equal(t, ExitUsage, code, want)
		require.Contains(t, notes.String(), want)
		require.Contains(t, notes.String(), "next:", "%s: an error names the next step", want)
	}
}

// What a person knows of a vulnerability travels with it; what they leave out is unknown.
func TestP14_AStartCarriesThePersonsAnswers(t *testing.T) {
	r := rollout{
		payload: payload{from: "yard-dev", summary: "Yard", version: "2.1"}, system: "yard-flows", as: "cli:jonas",
		vulnerabilities: []string{"CVE-2026-0001", "CVE-2026-0002"}, exploited: "no", impact: "partial",
	}
	asked, _, err := r.asked(strings.NewReader(""), instant())
	require.NoError(t, err)
	require.Equal(t, []rules.Vulnerability{
		{ID: "CVE-2026-0001", Exploited: rules.No, Impact: rules.Partial}, {ID: "CVE-2026-0002", Exploited: rules.No, Impact: rules.Partial},
	}, asked.Vulnerabilities)
}

func TestStartCompletesFromThePolicy(t *testing.T) {
	dir := examplePolicy(t)
	for flag, want := range map[string]string{"--system": "yard-flows\tnode-red", "--class": "node-red\tyard-flows", "--from": "yard-dev\tyard-flows node-red", "--risk": "medium"} {
		p, out, _ := fixed(t, "table", nil)
		require.Equal(t, ExitOK, p.run(context.Background(), []string{"__complete", "patch", "start", "--policy", dir, flag, ""}))
		require.Contains(t, out.String(), want, flag)
	}
}

// A refusal says what is wrong, which flag it is about, and how to look again.
func TestARefusalNamesTheFlag(t *testing.T) {
	d := patches()
	for field, want := range map[string]string{rules.FieldReason: "--reason", rules.FieldAgree: "--attest", rules.FieldDays: "--for"} {
		p, out, _ := fixed(t, "table", nil)
		err := p.report(&d, acted{Number: "PAT-7", Subject: "patch/1", Action: rules.ActionWaive, Reply: compliance.Reply{
			Outcome: compliance.Declined, Reason: string(rules.MissingAnswer), Text: rules.MissingAnswer.Text(), Field: field,
		}})
		require.Equal(t, ExitRefused, explain(context.Background(), err).code)
		require.Contains(t, out.String(), "about       "+want+"\n")
		require.Contains(t, out.String(), "starter patch show PAT-7\n")
	}
}
