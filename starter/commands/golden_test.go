package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
	process "github.com/lowcodex/countersign/workflows/change"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares output with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// instant is a fixed moment: a Tuesday in winter, 10:00 in Berlin.
func instant() time.Time { return time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC) }

// fixed is a program with a fixed clock, zone and ids, and buffers around it.
func fixed(t *testing.T, output string, stdin io.Reader) (p *program, stdout, stderr *bytes.Buffer) {
	t.Helper()
	stdout, stderr = &bytes.Buffer{}, &bytes.Buffer{}
	p = &program{
		in: stdin, out: stdout, notes: stderr, env: environment{},
		now:   instant,
		newID: func() string { return "7b0f1c5e-5d4c-4b6e-9a52-0d3f6c1a2b3c" },
		dial: func(context.Context, *program) (engine, error) {
			return nil, unreachable("no server in this test", "", nil)
		},
		processes: descriptors(),
		options:   options{output: output, color: "never", zone: "Europe/Berlin", timeout: time.Second},
	}
	require.NoError(t, p.options.settle())
	return p, stdout, stderr
}

func reviewed() process.Standing {
	at := instant()
	return process.Standing{
		Number: "CHG-7", Subject: "change/example/10042", Title: "Raise the invoice limit \x1b[2J to 50,000",
		Ticket: compliance.TicketRef{Site: "example", ID: "10042", Key: "OPS-12"},
		State:  rules.Open, Version: 2, Review: rules.InReview, Level: 1, Levels: 2,
		Ref: rules.NewBinding("CHG-7", 2, 1, "n1", "3f2a9c01b2d4e5f60718293a4b5c6d7e").String(),
		Votes: []rules.Vote{
			{Person: "p-alice", Level: 1, Verdict: rules.Approve, At: at.Add(-2 * time.Hour), Index: 40, Note: "looks\ngood"},
			{Person: "p-bruno", Level: 1, Verdict: rules.Abstain, At: at.Add(-time.Hour), Index: 41, Void: rules.EligibilityLost},
		},
		Remaining: 1, Awaiting: []compliance.PersonID{"p-chen", "p-dara"},
		Due: at.Add(27 * time.Hour), Trouble: []string{"ticket: the tracker does not answer"}, LastIndex: 41,
	}
}

func TestStandingIsPrintedInEveryForm(t *testing.T) {
	waiting := process.Standing{
		Number: "CHG-8", Subject: "change/example/10043", State: rules.WaitingWindow, Version: 1, Review: rules.Approved,
		Awaiting: []compliance.PersonID{"p-chen"}, Due: instant().Add(14 * 24 * time.Hour), Opens: instant().Add(-time.Minute), Ready: true,
	}
	closed := process.Standing{Number: "CHG-9", Subject: "change/example/10044", State: rules.WithdrawnChange, Reason: rules.WithdrawnByPerson}
	for name, s := range map[string]process.Standing{"standing-review": reviewed(), "standing-waiting": waiting, "standing-closed": closed} {
		p, out, _ := fixed(t, "table", nil)
		require.NoError(t, p.print(s, func(w io.Writer) { p.writeStanding(w, s) }))
		golden(t, name, out.String())
		require.NotContains(t, out.String(), "\x1b", "a title must not reach the terminal as control characters")
	}
	s := reviewed()
	p, out, _ := fixed(t, "json", nil)
	require.NoError(t, p.print(s, nil))
	var back process.Standing
	require.NoError(t, json.Unmarshal(out.Bytes(), &back))
	require.Equal(t, s, back, "JSON is the contract's own form, in UTC")
	p, out, _ = fixed(t, "yaml", nil)
	require.NoError(t, p.print(s, nil))
	golden(t, "standing-review-yaml", out.String())
}

func TestRowsArePrintedInEveryForm(t *testing.T) {
	d := changes()
	found := []row{
		{Number: "CHG-7", Subject: "change/example/10042", Stage: "in_review", System: "billing", Environment: "production",
			Awaiting: []string{"p-chen", "p-dara"}, Due: instant().Add(27 * time.Hour), Started: instant(), Status: "Running"},
		{Subject: "change/example/10043", Started: instant(), Status: "Running"},
	}
	for _, output := range []string{"table", "json", "yaml"} {
		p, out, _ := fixed(t, output, nil)
		require.NoError(t, p.print(found, func(w io.Writer) { p.writeRows(w, &d, listing{}, found) }))
		golden(t, "list-"+output, out.String())
	}
	for want, l := range map[string]listing{
		"no open changes; --all lists also those that are over\n":           {},
		"no open changes like that; --all lists also those that are over\n": {stage: "approved"},
		"no changes\n":           {all: true},
		"no changes like that\n": {all: true, awaiting: "p-chen"},
	} {
		p, out, _ := fixed(t, "table", nil)
		p.writeRows(p.out, &d, l, nil)
		require.Equal(t, want, out.String())
	}
}

func TestReportNamesWhatFailed(t *testing.T) {
	index := uint64(17)
	good := evidence.Report{
		Origin: "countersign/evidence", Size: 42, Root: strings.Repeat("ab", 32), First: instant().Add(-time.Hour), Last: instant(),
		Subjects: 3, Blobs: 12, Series: []evidence.SeriesReport{{Series: "CHG", Count: 3, First: "CHG-1", Last: "CHG-3"}},
		Types: map[string]int{"change.received": 3, "change.decided": 5}, States: map[string]int{"closed": 2, "in_review": 1},
		Anchors: []evidence.AnchorReport{{Path: "a/checkpoint-9", Size: 9}, {Path: "a/checkpoint-40", Size: 40}}, Index: "matches",
	}
	p, out, _ := fixed(t, "table", nil)
	require.NoError(t, p.verified(good, nil, false, true))
	golden(t, "report-good", out.String())

	bad := good
	bad.Anchors = nil
	bad.Series = []evidence.SeriesReport{{Series: "CHG", Count: 2, First: "CHG-1", Last: "CHG-3", Gaps: []string{"CHG-2"}}}
	bad.Findings = []evidence.Finding{{Check: evidence.CheckLeaf, Index: &index, Number: "CHG-2", Detail: "the entry is not what the tree holds"}}
	for _, err := range []error{evidence.ErrVerification, nil} {
		p, out, _ = fixed(t, "table", nil)
		f := explain(context.Background(), p.verified(bad, err, true, false))
		require.Equal(t, ExitUnverified, f.code)
		require.Contains(t, f.what, "record 17")
		golden(t, "report-bad", out.String())
	}
	p, _, _ = fixed(t, "table", nil)
	require.Equal(t, ExitUnverified, explain(context.Background(), p.verified(evidence.Report{}, evidence.ErrVerification, true, false)).code)
}

func write(t *testing.T, path, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
}
