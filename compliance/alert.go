package compliance

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bounds of an AlertEvent, in runes: it enters a workflow's history, so none of
// its texts may be as long as its sender likes.
const (
	MaxAlertTitle      = 200
	MaxAlertText       = 4000
	MaxAlertLink       = 2000 // a longer one is left out, for half a link leads nowhere
	MaxAlertWord       = 100  // severity, system, name of a label
	MaxAlertLabelValue = 500
	MaxAlertLabels     = 40
)

// OwnSource is the source under which the product reports alerts about itself;
// the rules of escalation may name it like any other, and say what its two words
// for how bad it is mean.
const (
	OwnSource   = "countersign"
	OwnCritical = "critical"
	OwnWarning  = "warning"
)

// AlertEvent is what a source of alerts reported about one alert. It is the
// argument of a signal, so its JSON names are frozen. Sources repeat
// themselves: the same report may arrive any number of times.
type AlertEvent struct {
	// Delivery identifies this report over the sender's repetitions. It says that
	// two reports are the same, never that the second is nothing new: a source
	// that lost an alert and finds it again may give it its old start, and so the
	// same delivery, after it had reported its end. Whether a report changes
	// anything is judged by where the alert stands.
	Delivery string `json:"delivery"`
	// Source is the lower-case word under which the installation knows the
	// sender; together with Key it names the alert.
	Source string `json:"source"`
	// Key is the deduplication key: the same for every report about the same
	// thing being wrong, over all its occurrences. It is never cut.
	Key string `json:"key"`
	// Firing says that the source finds it wrong now; else that it is over.
	Firing bool `json:"firing"`
	// Severity and System are the source's own words; what they mean here is
	// for the rules to say. Each may be empty.
	Severity string `json:"severity,omitempty"`
	System   string `json:"system,omitempty"`
	Title    string `json:"title"`
	Text     string `json:"text,omitempty"`
	Link     string `json:"link,omitempty"`
	// Labels are in order of their names.
	Labels []Label `json:"labels,omitempty"`
	// StartsAt and EndsAt are the source's own times of this occurrence, in UTC;
	// zero when it gives none, and EndsAt always zero while it is firing.
	StartsAt time.Time `json:"starts_at,omitzero"`
	EndsAt   time.Time `json:"ends_at,omitzero"`
	// Received is when the request had been verified, in UTC.
	Received time.Time `json:"received"`
	// Truncated counts the alerts that the source left out of the same request:
	// something else is wrong too that nobody is told about here.
	Truncated int `json:"truncated,omitempty"`
}

// Label is one name and value that a source gives an alert.
type Label struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Label returns the value of the named label, empty when there is none.
func (e AlertEvent) Label(name string) string {
	for _, l := range e.Labels {
		if l.Name == name {
			return l.Value
		}
	}
	return ""
}

// Bounded returns the event with its texts in valid UTF-8 and cut to the
// bounds, its labels in order and without nameless ones, and its times in UTC.
// Labels beyond MaxAlertLabels are left out; what identifies the event is left
// as it is.
func (e AlertEvent) Bounded() AlertEvent {
	e.Severity, e.System = cutLine(e.Severity, MaxAlertWord), cutLine(e.System, MaxAlertWord)
	e.Title, e.Text = cutLine(e.Title, MaxAlertTitle), cutText(e.Text, MaxAlertText)
	if utf8.RuneCountInString(e.Link) > MaxAlertLink || cutLine(e.Link, MaxAlertLink) != e.Link {
		e.Link = ""
	}
	labels := make([]Label, 0, len(e.Labels))
	for _, l := range e.Labels {
		if l.Name = cutLine(l.Name, MaxAlertWord); l.Name != "" {
			labels = append(labels, Label{Name: l.Name, Value: cutText(l.Value, MaxAlertLabelValue)})
		}
	}
	slices.SortFunc(labels, func(a, b Label) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Value, b.Value)) })
	e.Labels = labels[:min(len(labels), MaxAlertLabels)]
	if len(e.Labels) == 0 {
		e.Labels = nil
	}
	e.StartsAt, e.EndsAt, e.Received = utc(e.StartsAt), utc(e.EndsAt), utc(e.Received)
	if e.Firing {
		e.EndsAt = time.Time{}
	}
	e.Truncated = max(0, e.Truncated)
	return e
}

// utc keeps a zero time zero, which a conversion would not for every zone.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC()
}

// cutLine is a text on one line.
func cutLine(s string, limit int) string {
	return cutText(strings.Join(strings.Fields(visible(s)), " "), limit)
}

// cutText shortens a text to the limit, with a mark where something is missing.
func cutText(s string, limit int) string {
	return Cut(strings.TrimSpace(visible(s)), limit)
}

// visible removes what no surface shows.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t', !unicode.IsControl(r):
			return r
		case unicode.IsSpace(r):
			return ' '
		}
		return -1
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
