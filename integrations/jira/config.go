// Package jira reads, opens and advances tickets in Jira Cloud and receives
// its webhooks. It holds Jira's wire format and nothing else: no decisions, no
// retry loops, no other vendor.
//
// It speaks REST API version 2 through go-jira: rich text is a wiki string
// there, in version 3 it is a document tree.
package jira

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/httpcall"
)

// Provider is the name of Jira's accounts in compliance.Account and in the directory.
const Provider = "jira"

// Config is everything a Client needs. The zero value of an optional field
// takes its default; New refuses a missing or contradictory one.
type Config struct {
	// Site is the short name of the Jira site in workflow ids, e.g. "example".
	// Lower-case letters, digits and dashes. Required.
	Site string
	// URL is the base address of the REST API without /rest, e.g.
	// "https://example.atlassian.net", or with a scoped token
	// "https://api.atlassian.com/ex/jira/<cloud id>". Required.
	URL string
	// BrowseURL is the address people open, when it differs from URL (scoped
	// tokens). Optional; default URL.
	BrowseURL string
	// Email and Token are the basic authentication of the bot account. A token
	// lives at most one year (Atlassian's limit). Both required.
	Email string
	Token string
	// BotAccountID is the account id of the bot, by which its own writes are
	// recognised when they come back as webhooks. Optional; asked from
	// /myself and kept when empty.
	BotAccountID string

	// WebhookSecret is the secret of the webhook that an administrator
	// registered; with none every delivery is answered 503. At least 16 bytes.
	WebhookSecret string
	// WebhookSecretPrevious is accepted as well, while the secret is rotated. Optional.
	WebhookSecretPrevious string
	// MaxWebhook is the largest webhook body accepted, in bytes. Default 1 MiB.
	MaxWebhook int64
	// Count is called once for every delivery, with what became of it: one of
	// the Delivery… reasons. Must be safe for concurrent use. Optional.
	Count func(reason string)

	// Project is the key of the project tickets are opened in, and whose issues
	// may start a process, e.g. "OPS". Required.
	Project string
	// IssueType is the name of the issue type tickets are opened with, e.g. "Change". Required.
	IssueType string
	// SubmitStatus is Jira's name of the status whose entry submits a ticket. Required.
	SubmitStatus string
	// Statuses maps logical status names ("in_review") to Jira's ("In Review").
	// A logical name that is not mapped is refused as Blocked when it is asked for.
	Statuses map[string]string
	// Fields maps the organisation's field names to Jira's fields.
	Fields []FieldMap
	// Kinds says how the site holds tickets that are no changes. A kind that is
	// not here is refused as Blocked when it is asked for. Optional.
	Kinds map[compliance.TicketKind]KindConfig
	// TransitionFields gives values for fields that a transition's screen
	// requires: logical status → Jira's field id → value, written like a mapped
	// field's. A required field that is not here keeps the issue's own value. Optional.
	TransitionFields map[string]map[string]string

	// SearchPauses are the waits before each look for a ticket that may have
	// been created already. Jira's search index lags by seconds, so one empty
	// answer proves nothing. Default 0, 1, 2, 3 and 4 s.
	SearchPauses []time.Duration
	// Zone is a time zone shown beside UTC in comments. Optional.
	Zone *time.Location
	// MoreURL is the address named at the end of a comment that had to be cut,
	// where the whole record can be read. Optional.
	MoreURL string

	// PublicURL is the origin at which Jira reaches the gateway, without a slash at
	// the end. Optional; only a checkup uses it.
	PublicURL string

	// HTTP configures the transport: time-out, rate limits, counters, logger.
	// Vendor and Secrets are set by New.
	HTTP httpcall.Config
	// Logger gets what operators should know. Default: discard.
	Logger *slog.Logger
	// Now is the clock for the time of receipt. Default time.Now.
	Now func() time.Time
}

// FieldMap says where one field of the organisation lives in Jira.
type FieldMap struct {
	Name string // the organisation's name, e.g. "risk"
	ID   string // Jira's field id, e.g. "summary" or "customfield_10104"
	Kind string // one of the Kind constants
}

// The kinds of field, as the policy names them.
const (
	KindText     = "text"     // a string; wiki text where Jira renders it
	KindChoice   = "choice"   // single select: {"value": …}
	KindUser     = "user"     // a person: {"accountId": …}, "jira:<id>" in a Ticket
	KindDatetime = "datetime" // RFC 3339 in a Ticket, 2026-11-21T10:00:00.000+0000 in Jira
	KindDate     = "date"     // 2006-01-02 on both sides
	KindNumber   = "number"   // a JSON number
	KindCheckbox = "checkbox" // "yes" when any box is ticked; the box's value is "Yes"
)

var (
	sitePattern    = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
	projectPattern = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,254}$`)
	fieldPattern   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,63}$`)
)

const (
	defaultMaxWebhook = 1 << 20
	minSecretBytes    = 16
)

// Check reports everything that is wrong with the configuration, all at once.
func (c Config) Check() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("jira: "+format, args...)) }
	if !sitePattern.MatchString(c.Site) {
		bad("site %q: give a short name of lower-case letters, digits and dashes, such as \"example\"", c.Site)
	}
	if u, err := url.Parse(c.URL); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil {
		bad("URL (JIRA_URL): give the address of the site without credentials, such as https://example.atlassian.net")
	}
	if c.Email == "" || c.Token == "" {
		bad("email and API token (JIRA_EMAIL, JIRA_API_TOKEN) are both needed")
	}
	for name, secret := range map[string]string{"JIRA_WEBHOOK_SECRET": c.WebhookSecret, "the previous webhook secret": c.WebhookSecretPrevious} {
		if secret != "" && len(secret) < minSecretBytes {
			bad("%s is shorter than %d bytes: create a longer one, for example with `openssl rand -hex 32`", name, minSecretBytes)
		}
	}
	if !projectPattern.MatchString(c.Project) {
		bad("project %q: give the key of a project, such as \"OPS\"", c.Project)
	}
	if c.IssueType == "" {
		bad("issue type: give the name of the type that changes have, such as \"Change\"")
	}
	if c.SubmitStatus == "" {
		bad("submit status: give the name of the status whose entry submits a ticket, such as \"Submitted\"")
	}
	errs = append(errs, c.checkFields()...)
	return errors.Join(append(errs, c.checkKinds()...)...)
}

func (c Config) checkFields() []error {
	var errs []error
	names, ids := map[string]bool{}, map[string]bool{}
	for _, f := range c.Fields {
		switch {
		case f.Name == "" || names[f.Name]:
			errs = append(errs, fmt.Errorf("jira: field %q: its name is empty or given twice", f.Name))
		case !fieldPattern.MatchString(f.ID) || ids[f.ID]:
			errs = append(errs, fmt.Errorf("jira: field %q: the id %q is not a field id or given twice; field ids look like \"summary\" or \"customfield_10101\"", f.Name, f.ID))
		case !knownKind(f.Kind):
			errs = append(errs, fmt.Errorf("jira: field %q: kind %q is none of text, choice, user, datetime, date, number, checkbox", f.Name, f.Kind))
		}
		names[f.Name], ids[f.ID] = true, true
	}
	for logical, name := range c.Statuses {
		if logical == "" || name == "" {
			errs = append(errs, fmt.Errorf("jira: status %q is mapped to %q: neither may be empty", logical, name))
		}
	}
	return errs
}

func knownKind(kind string) bool {
	switch kind {
	case KindText, KindChoice, KindUser, KindDatetime, KindDate, KindNumber, KindCheckbox:
		return true
	}
	return false
}

func (c Config) withDefaults() Config {
	c.URL = strings.TrimRight(c.URL, "/")
	if c.BrowseURL == "" {
		c.BrowseURL = c.URL
	}
	c.BrowseURL = strings.TrimRight(c.BrowseURL, "/")
	if c.MaxWebhook <= 0 {
		c.MaxWebhook = defaultMaxWebhook
	}
	if c.Count == nil {
		c.Count = func(string) {}
	}
	if len(c.SearchPauses) == 0 {
		c.SearchPauses = []time.Duration{0, time.Second, 2 * time.Second, 3 * time.Second, 4 * time.Second}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.HTTP = c.HTTP.Or(httpcall.Config{
		Vendor: Provider, Secrets: []string{c.Token, c.Email + ":" + c.Token, c.WebhookSecret, c.WebhookSecretPrevious}, Logger: c.Logger,
	})
	return c
}

// browse is the address at which people open a ticket.
func (c Config) browse(key string) string { return c.BrowseURL + "/browse/" + url.PathEscape(key) }
