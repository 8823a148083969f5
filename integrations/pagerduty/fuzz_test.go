package pagerduty

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/lowcodex/countersign/compliance"
)

// FuzzParseEvent feeds the parser of webhooks, seeded with the documented
// bodies: it never panics, and what it takes for an act names whom and what it
// is about by true ids, and survives being encoded.
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
	f.Add([]byte(`{"event":{"id":"01E","event_type":"incident.reassigned","occurred_at":"2026-11-21T03:05:00Z","agent":{"id":"P1","type":"user_reference"},
	 "data":{"incident_key":"cs1|incident/3f2a9c1b7d04|-|0123456789abcdef","assignees":[{"id":"P2","type":"user_reference"}]}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := parseEvent(body)
		if err != nil {
			return
		}
		in, ignored := e.inbound()
		if ignored != "" {
			return
		}
		if in.Delivery == "" || in.Subject == "" || !printable(in.Subject+in.Ref+in.Delivery) || !accountPattern.MatchString(in.Actor.ID) || len(in.Ref) > maxKey {
			t.Fatalf("took %+v for an act", in)
		}
		if _, err := json.Marshal(in); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzKey: what a page's key carries comes back as it was, and nothing else does.
func FuzzKey(f *testing.F) {
	f.Add("incident/3f2a9c1b7d04", "3f2a9c1b7d04.3.2.1795312800", "INC-7/page/3/p-ann/pagerduty", "PANN001")
	f.Add("incident/3f2a9c1b7d04", "", "", "")
	f.Add("a|b", "-", "k", "t")
	f.Fuzz(func(t *testing.T, subject, ref, key, to string) {
		made, err := dedupKey(compliance.Page{Subject: subject, Ref: ref, Key: key}, compliance.Account{ID: to})
		if err != nil {
			return
		}
		s, r, err := parseKey(made)
		if err != nil || s != subject || r != ref || len(made) > maxKey {
			t.Fatalf("%q: %q %q %v", made, s, r, err)
		}
		if _, _, err := parseKey(subject); err == nil {
			t.Skip("a subject that is itself a key")
		}
	})
}
