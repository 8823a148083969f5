package alertmanager

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// NewGenericHandler answers POST /alerts/generic: one alert in the product's own
// JSON, or {"alerts": [...]} with several, from anything that can send a request.
// The sender presents a token, or signs the body with it (SignatureHeader). All
// alerts of a request are checked before any is handed over: a request is taken
// whole or refused with what is wrong and where.
func NewGenericHandler(cfg Config, dispatcher Dispatcher) (http.Handler, error) {
	cfg = cfg.withDefaults("generic")
	if err := cfg.check(dispatcher); err != nil {
		return nil, err
	}
	return &handler{cfg: cfg, dispatcher: dispatcher, parse: cfg.parseGeneric, signed: true}, nil
}

// generic is one alert as others send it. JSON names are frozen.
type generic struct {
	// Key is the same for every report about the same thing being wrong. Mandatory.
	Key string `json:"key"`
	// Firing says whether it is wrong now, or over. Mandatory.
	Firing *bool `json:"firing"`
	// Title is what is wrong, in one line. Mandatory while it is firing.
	Title    string            `json:"title"`
	Text     string            `json:"text"`
	Severity string            `json:"severity"`
	System   string            `json:"system"`
	Link     string            `json:"link"`
	Labels   map[string]string `json:"labels"`
	// StartsAt and EndsAt are RFC 3339, of the present occurrence. Optional.
	StartsAt time.Time `json:"starts_at"`
	EndsAt   time.Time `json:"ends_at"`
	// Delivery identifies this report over the sender's repetitions. Default: made
	// of the report itself.
	Delivery string `json:"delivery"`
}

// maxIdentifier bounds key and delivery, in bytes.
const maxIdentifier = 1000

func (c Config) parseGeneric(body []byte) ([]compliance.AlertEvent, []string, error) {
	var batch struct {
		Alerts []json.RawMessage `json:"alerts"`
	}
	if json.Unmarshal(body, &batch) != nil {
		return nil, nil, errors.New("the body is not a JSON object")
	}
	where := func(i int) string { return fmt.Sprintf("alerts[%d]", i) }
	if batch.Alerts == nil {
		batch.Alerts, where = []json.RawMessage{body}, func(int) string { return "the alert" }
	} else if err := strict(body, &batch); err != nil {
		return nil, nil, fmt.Errorf("the body: %w", err)
	}
	if len(batch.Alerts) > maxAlerts {
		return nil, nil, fmt.Errorf("there are %d alerts, %d are taken at once", len(batch.Alerts), maxAlerts)
	}
	var events []compliance.AlertEvent
	for i, raw := range batch.Alerts {
		ev, err := c.genericEvent(raw)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", where(i), err)
		}
		events = append(events, ev)
	}
	return events, nil, nil
}

func (c Config) genericEvent(raw []byte) (compliance.AlertEvent, error) {
	var g generic
	if err := strict(raw, &g); err != nil {
		return compliance.AlertEvent{}, err
	}
	switch {
	case strings.TrimSpace(g.Key) == "":
		return compliance.AlertEvent{}, errors.New("key is missing: give what is the same for every report about the same thing")
	case len(g.Key) > maxIdentifier, len(g.Delivery) > maxIdentifier:
		return compliance.AlertEvent{}, fmt.Errorf("key and delivery may have %d bytes", maxIdentifier)
	case g.Firing == nil:
		return compliance.AlertEvent{}, errors.New("firing is missing: give true when it is wrong now, false when it is over")
	case *g.Firing && strings.TrimSpace(g.Title) == "":
		return compliance.AlertEvent{}, errors.New("title is missing: say in one line what is wrong")
	case !representable(g.StartsAt) || !representable(g.EndsAt):
		return compliance.AlertEvent{}, errors.New("starts_at or ends_at is beyond the year 9999")
	}
	ev := compliance.AlertEvent{
		Key: g.Key, Firing: *g.Firing, Severity: firstOf(g.Severity, g.Labels[c.SeverityLabel]),
		System: firstOf(g.System, first(g.Labels, c.SystemLabels...)), Title: firstOf(g.Title, g.Key), Text: g.Text, Link: g.Link,
		StartsAt: g.StartsAt, EndsAt: g.EndsAt,
	}
	for name, value := range g.Labels { // Bounded puts them in order
		ev.Labels = append(ev.Labels, compliance.Label{Name: name, Value: value})
	}
	delivery := g.Delivery
	if delivery == "" {
		delivery = string(raw)
	}
	ev.Delivery = c.Source + "/" + digest(g.Key, delivery)
	return ev, nil
}

// strict decodes one JSON value and refuses what it does not know: a field that
// is misspelt would otherwise be a page that says less than it should.
func strict(raw []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		var kind *json.UnmarshalTypeError
		var when *time.ParseError
		switch {
		case errors.As(err, &kind):
			return fmt.Errorf("%s must be %s", firstOf(kind.Field, "the value"), kind.Type)
		case errors.As(err, &when):
			return errors.New("starts_at and ends_at are written as in 2026-11-21T03:04:05Z")
		case strings.HasPrefix(err.Error(), "json: unknown field"):
			return fmt.Errorf("there is no field %s", strings.TrimPrefix(err.Error(), "json: unknown field "))
		}
		return errors.New("the JSON cannot be read")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is something after the JSON")
	}
	return nil
}
