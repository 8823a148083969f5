package jira

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzParseEvent feeds the parser of webhooks, seeded with the captured bodies:
// it never panics, and what it accepts names an issue only by a true id.
func FuzzParseEvent(f *testing.F) {
	files, err := filepath.Glob("testdata/webhooks/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := parseEvent(body)
		if err != nil {
			return
		}
		e.wanted()
		e.actedBy()
		if e.Issue == nil {
			return
		}
		if !idPattern.MatchString(e.Issue.ID) || !keyPattern.MatchString(e.Issue.Key) {
			t.Fatalf("accepted the issue %q %q", e.Issue.ID, e.Issue.Key)
		}
		e.concerns("OPS")
		e.entered("Submitted")
		e.issueType()
		e.subject()
	})
}

// FuzzDecode feeds the reader of field values.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`"x"`, `{"value":"a"}`, `{"accountId":"a"}`, `1.0`, `[{"value":"Yes"}]`, `"2026-11-21T10:00:00.000+0000"`, `null`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		for _, kind := range []string{KindText, KindChoice, KindUser, KindDatetime, KindDate, KindNumber, KindCheckbox} {
			_, _ = FieldMap{Name: "f", ID: "customfield_1", Kind: kind}.decode([]byte(raw))
		}
	})
}
