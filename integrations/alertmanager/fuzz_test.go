package alertmanager

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
)

// usable is what holds for every event that a parser gives.
func usable(t *testing.T, events []compliance.AlertEvent) {
	t.Helper()
	for _, ev := range events {
		ev.Source = "fuzz"
		ev = ev.Bounded()
		if _, err := incident.AlertID(ev.Source, ev.Key); err != nil || ev.Delivery == "" {
			t.Fatalf("%+v: %v", ev, err)
		}
		if _, err := json.Marshal(ev); err != nil {
			t.Fatal(err)
		}
	}
}

// FuzzParseNotification: it never panics, and every alert it takes can be named,
// bounded and encoded.
func FuzzParseNotification(f *testing.F) {
	seed, err := os.ReadFile("testdata/webhook-v4.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte(`{"alerts":[{"status":"resolved","labels":{"a":"1"},"startsAt":"2026-11-21T03:04:05Z","endsAt":"0001-01-01T00:00:00Z"},{}]}`))
	cfg := Config{}.withDefaults("alertmanager")
	f.Fuzz(func(t *testing.T, body []byte) {
		events, _, err := cfg.parseNotification(body)
		if err == nil {
			usable(t, events)
		}
	})
}

// FuzzParseGeneric is the same for the product's own JSON.
func FuzzParseGeneric(f *testing.F) {
	f.Add([]byte(`{"key":"k","firing":true,"title":"t","labels":{"a":"b"},"starts_at":"2026-11-21T03:04:05Z"}`))
	f.Add([]byte(`{"alerts":[{"key":"k","firing":false},null]}`))
	cfg := Config{}.withDefaults("generic")
	f.Fuzz(func(t *testing.T, body []byte) {
		events, _, err := cfg.parseGeneric(body)
		if err == nil {
			usable(t, events)
		}
	})
}
