package change

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/lowcodex/countersign/compliance"
)

// Problem is something about a ticket that keeps its change from leaving
// draft. Text is for the requester: what is wrong and how to mend it.
type Problem struct {
	Field string `json:"field"` // the organisation's field name, such as "rollback_owner"
	Text  string `json:"text"`
}

// The limits of a ticket's fields.
const (
	maxTitle    = 200
	maxShort    = 100
	maxPointer  = 2000
	maxProse    = 32000 // the trackers we know cut a text field at 32,767 characters
	maxDuration = 14 * 24 * time.Hour
)

// Parse reads a change from a ticket's fields and says everything that is
// missing, malformed or too long, in the order in which the fields stand on
// the form. A change with any problem cannot leave draft (requirement 3). What
// depends on today's date is Check's. The content is usable for showing even
// when there are problems.
//
// Fields are plain text except planned_start (RFC 3339, an instant with its
// offset), duration (Go notation such as "1h30m", or whole minutes such as
// "90"), rollback_tested_on (2006-01-02, or RFC 3339 whose date counts),
// external ("yes", "no", "true", "false"; absent means no), supersedes (a number
// such as "CHG-7"), rollback_owner and implementer ("provider:id").
func Parse(t compliance.Ticket) (Content, []Problem) {
	r := reader{fields: t.Fields}
	c := Content{
		Title:            r.line("title", required, maxTitle),
		Purpose:          r.prose("purpose", optional, maxProse),
		System:           r.line("system", required, maxShort),
		Environment:      r.line("environment", required, maxShort),
		Risk:             r.risk("risk"),
		Plan:             r.prose("plan", required, maxProse),
		TestPlan:         r.prose("test_plan", required, maxProse),
		TestResults:      r.prose("test_results", optional, maxPointer),
		Rollback:         r.prose("rollback", required, maxProse),
		RollbackOwner:    r.account("rollback_owner"),
		RollbackTestedOn: r.date("rollback_tested_on"),
		Implementer:      r.account("implementer"),
		PlannedStart:     r.instant("planned_start"),
		Duration:         r.duration("duration"),
		VendorVersion:    r.line("vendor_version", optional, maxShort),
		External:         r.yes("external"),
		DataClass:        r.line("data_class", optional, maxShort),
		Template:         r.line("template", optional, maxShort),
		Extra:            extra(t.Fields),
		Attachments:      r.attachments(t.Attachments),
		Supersedes:       r.supersedes("supersedes"),
		SafePoints:       r.points("safe_points"),
	}
	return c, r.problems
}

// extra are the fields of a ticket that are no part of every change.
func extra(fields map[string]string) map[string]string {
	var own map[string]string
	for name, text := range fields {
		if name == "title" || name == "purpose" || bound(name) || text == "" {
			continue
		}
		if own == nil {
			own = map[string]string{}
		}
		own[name] = text
	}
	return own
}

// Check says what is wrong with a content at the instant now: a rollback that
// was tested in the future was not tested. A date has no zone, so it counts as
// reached as soon as it has begun anywhere on Earth (UTC+14).
func Check(c Content, now time.Time) []Problem {
	tested, err := time.Parse(time.DateOnly, c.RollbackTestedOn)
	if err != nil {
		return nil // missing or malformed: Parse has said so
	}
	latest := now.UTC().Add(14 * time.Hour)
	if !tested.After(latest) {
		return nil
	}
	return []Problem{{"rollback_tested_on", fmt.Sprintf(
		"The rollback is said to have been tested on %s, which has not come yet. "+
			"Test the rollback, then give the date of that test.", c.RollbackTestedOn)}}
}

var providerPattern = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)

// ParseAccount reads "provider:id". The provider is a lower-case word; the id
// is whatever follows the first colon, colons included, without white space.
func ParseAccount(s string) (compliance.Account, bool) {
	provider, id, found := strings.Cut(strings.TrimSpace(s), ":")
	bad := func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) || r == utf8.RuneError }
	if !found || !providerPattern.MatchString(provider) || id == "" || len(id) > 200 || strings.ContainsFunc(id, bad) {
		return compliance.Account{}, false
	}
	return compliance.Account{Provider: provider, ID: id}, true
}

const (
	required = true
	optional = false
)

// reader takes fields out of a ticket and collects what is wrong with them.
type reader struct {
	fields   map[string]string
	problems []Problem
}

func (r *reader) problem(field, format string, args ...any) {
	r.problems = append(r.problems, Problem{field, fmt.Sprintf(format, args...)})
}

// prose reads a text of several lines.
func (r *reader) prose(field string, need bool, limit int) string {
	raw := r.fields[field]
	if !utf8.ValidString(raw) || strings.ContainsRune(raw, 0) {
		r.problem(field, "The field %q holds characters that cannot be read. Type its text again.", field)
		return ""
	}
	if i := strings.IndexFunc(raw, Reorders); i >= 0 {
		hidden, _ := utf8.DecodeRuneInString(raw[i:])
		r.problem(field, "The field %q holds the invisible character %U, which shows text in another order than it has. "+
			"Remove it, or type the text around it again.", field, hidden)
	}
	text := normalise(raw)
	switch n := utf8.RuneCountInString(text); {
	case text == "" && need:
		r.problem(field, "The field %q is empty. %s", field, asks(field))
	case n > limit:
		r.problem(field, "The field %q has %d characters; at most %d fit. Shorten it, or link to a document.", field, n, limit)
	}
	return text
}

// Reorders reports whether a rune embeds, overrides or isolates a direction of
// writing: with it a plan is read in another order than it is carried out.
// Unicode Standard Annex 9, section 2. The marks that right-to-left scripts need
// reorder nothing but themselves and are not among them.
func Reorders(r rune) bool {
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// line reads a text that has to fit on one line.
func (r *reader) line(field string, need bool, limit int) string {
	text := r.prose(field, need, limit)
	if strings.Contains(text, "\n") {
		r.problem(field, "The field %q has several lines. Write it on one line.", field)
	}
	return text
}

func (r *reader) risk(field string) string {
	text := strings.ToLower(r.line(field, required, maxShort))
	switch text {
	case "", "low", "medium", "high":
	default:
		r.problem(field, "The risk %q is not known. Choose low, medium or high.", cut(text, 40))
	}
	return text
}

func (r *reader) account(field string) string {
	text := r.line(field, required, maxShort*2)
	if _, ok := ParseAccount(text); text != "" && !ok {
		r.problem(field, "The field %q does not name a person's account. Choose a person, or write it as provider:id.", field)
	}
	return text
}

func (r *reader) date(field string) string {
	text := r.line(field, required, maxShort)
	if text == "" {
		return ""
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at.Format(time.DateOnly)
	}
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		r.problem(field, "The date %q cannot be read. Write it as year-month-day, for example 2026-03-31.", cut(text, 40))
	}
	return text
}

func (r *reader) instant(field string) time.Time {
	text := r.line(field, optional, maxShort)
	if text == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.Year() < 2000 || at.UTC().Year() > 9998 {
		r.problem(field, "The time %q cannot be read. Write date, time and offset, for example 2026-03-31T22:00:00+02:00.", cut(text, 40))
		return time.Time{}
	}
	return at.UTC()
}

func (r *reader) duration(field string) time.Duration {
	text := strings.ReplaceAll(r.line(field, required, maxShort), " ", "")
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(text)
	if minutes, notWhole := strconv.Atoi(text); notWhole == nil {
		d, err = 0, nil // refused below unless it is a sensible number
		if minutes > 0 && minutes <= int(maxDuration/time.Minute) {
			d = time.Duration(minutes) * time.Minute
		}
	}
	switch {
	case err != nil:
		r.problem(field, "The duration %q cannot be read. Write minutes such as 90, or 1h30m.", cut(text, 40))
		return 0
	case d < time.Minute || d > maxDuration:
		r.problem(field, "The duration %q is not possible. Give between one minute and 14 days; split a longer change.", cut(text, 40))
		return 0
	}
	return d
}

func (r *reader) yes(field string) bool {
	text := strings.ToLower(r.line(field, optional, maxShort))
	switch text {
	case "yes", "true":
		return true
	case "", "no", "false":
	default:
		r.problem(field, "The field %q holds %q. Choose yes or no.", field, cut(text, 40))
	}
	return false
}
