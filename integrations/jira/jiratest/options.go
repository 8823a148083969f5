package jiratest

import (
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/lowcodex/countersign/integrations/jira"
)

// Options configures a Server; every field has a default.
type Options struct {
	// Email and Token are the bot's credentials. Default "bot@example.com" and
	// "jira-token-0123456789".
	Email, Token string
	// Bot is the account they belong to. Default "bot-countersign".
	Bot User
	// Users are the people of the site. Default alice, bruno, chidi and dana,
	// with the account ids "acc-alice" and so on.
	Users []User
	// Project is the changes' project, IssueType their type of issue. Default "OPS", "Change".
	Project   string
	IssueType string
	// Types are further types of issue. Default none.
	Types []IssueType
	// Statuses are the names of the workflow's statuses; a new issue is in the
	// first. Default Draft, Submitted, In Review, Approved, Waiting,
	// Implementing, Verifying, Done, Rejected, Expired, Failed, Rolled Back, Withdrawn.
	Statuses []string
	// Transitions are the workflow's edges. Default: into every status from every status.
	Transitions []Transition
	// Resolutions are the names of the site's resolutions. Default Done, Won't Do, Declined.
	Resolutions []string
	// Fields are the changes' mapped fields and how the site's screens treat them.
	// Default: DefaultFields. Summary, description, reporter, assignee, duedate,
	// labels and resolution exist always.
	Fields []Field
	// Webhook is registered from the start; SetWebhook registers one later.
	Webhook Webhook
	// Denied are the keys of project permissions that the bot lacks, such as
	// EDIT_ISSUES. Without BROWSE_PROJECTS projects are hidden. Default none.
	Denied []string
	// Administrator lets the bot see the webhooks. Default not, as it should be.
	Administrator bool
	// Lag keeps new issues out of the search for a while. Default none.
	Lag Lag
	// SearchPage is the most issues on one page of a search. Default 50.
	SearchPage int
	// ShortPages begins every search with a page that holds nothing and is not
	// the last: Jira promises no length of a page.
	ShortPages bool
	// MaxComments is the limit of comments on an issue. Default 5,000, as Jira Cloud has.
	MaxComments int
	// SaveTo is a file that keeps the state over restarts, replaced in one step
	// at every change. Default: memory only.
	SaveTo string
	// Logger gets faults of the stand-in itself. Default: discard.
	Logger *slog.Logger
	// Now is the clock for created, updated and the search's lag. Default time.Now.
	Now func() time.Time
}

// User is an account of the site.
type User struct {
	AccountID string `json:"accountId"`
	Name      string `json:"name"`
	Email     string `json:"email"`
	Zone      string `json:"zone"`
	// Unassignable accounts exist and may not be assigned issues.
	Unassignable bool `json:"unassignable,omitempty"`
}

// Transition is an edge of the workflow. From "" means from every status.
// Required lists the ids of fields that its screen requires, Optional of those
// that it has besides.
type Transition struct {
	ID       string
	Name     string
	From     string
	To       string
	Required []string
	Optional []string
}

// Field is a field of the project's screens.
type Field struct {
	jira.FieldMap
	// Options are the values of a choice; empty admits any.
	Options []string
	// Required makes the field mandatory when an issue is created through the API.
	Required bool
	// NotOnScreen makes Jira refuse the field although it exists.
	NotOnScreen bool
}

// Webhook is a webhook as an administrator registers it.
type Webhook struct {
	URL string
	// Secret signs every delivery; empty: they are not signed.
	Secret string
	// Disabled and Events are shown to an administrator. Default: enabled, and the
	// three events of issues.
	Disabled bool
	Events   []string
	// Backoff are the pauses before each repetition; their number bounds the
	// attempts. Default 0.2, 0.5, 1, 2 and 5 s (Jira: minutes).
	Backoff []time.Duration
	// Timeout is how long an answer is waited for. Default 20 s, as Jira does.
	Timeout time.Duration
}

// Lag hides a new issue from the search until it has been missed by that many
// searches, and until that much time has passed.
type Lag struct {
	Searches int
	For      time.Duration
}

// DefaultFields is the mapping of a change's content used when none is given.
func DefaultFields() []Field {
	field := func(name, id, kind string, options ...string) Field {
		return Field{FieldMap: jira.FieldMap{Name: name, ID: id, Kind: kind}, Options: options}
	}
	return []Field{
		field("title", "summary", jira.KindText),
		field("purpose", "description", jira.KindText),
		field("system", "customfield_10101", jira.KindText),
		field("environment", "customfield_10102", jira.KindChoice),
		field("risk", "customfield_10103", jira.KindChoice, "low", "medium", "high"),
		field("plan", "customfield_10104", jira.KindText),
		field("test_plan", "customfield_10105", jira.KindText),
		field("test_results", "customfield_10106", jira.KindText),
		field("rollback", "customfield_10107", jira.KindText),
		field("rollback_owner", "customfield_10108", jira.KindUser),
		field("rollback_tested_on", "customfield_10109", jira.KindDate),
		field("implementer", "customfield_10110", jira.KindUser),
		field("planned_start", "customfield_10111", jira.KindDatetime),
		field("duration", "customfield_10112", jira.KindNumber),
		field("vendor_version", "customfield_10113", jira.KindText),
		field("external", "customfield_10114", jira.KindCheckbox),
		field("safe_points", "customfield_10115", jira.KindText),
	}
}

func (o Options) withDefaults() Options {
	set := func(s *string, value string) {
		if *s == "" {
			*s = value
		}
	}
	set(&o.Email, "bot@example.com")
	set(&o.Token, "jira-token-0123456789")
	set(&o.Project, "OPS")
	set(&o.IssueType, "Change")
	if o.Bot.AccountID == "" {
		o.Bot = User{AccountID: "bot-countersign", Name: "Countersign", Email: o.Email, Zone: "UTC"}
	}
	if len(o.Users) == 0 {
		for _, name := range []string{"Alice", "Bruno", "Chidi", "Dana"} {
			low := strings.ToLower(name)
			o.Users = append(o.Users, User{AccountID: "acc-" + low, Name: name, Email: low + "@example.com", Zone: "Europe/Vienna"})
		}
	}
	if len(o.Statuses) == 0 {
		o.Statuses = []string{"Draft", "Submitted", "In Review", "Approved", "Waiting", "Implementing", "Verifying",
			"Done", "Rejected", "Expired", "Failed", "Rolled Back", "Withdrawn"}
	}
	if len(o.Transitions) == 0 {
		for n, status := range o.Statuses {
			o.Transitions = append(o.Transitions, Transition{ID: strconv.Itoa(11 + 10*n), Name: "To " + status, To: status})
		}
	}
	if len(o.Fields) == 0 {
		o.Fields = DefaultFields()
	}
	if len(o.Resolutions) == 0 {
		o.Resolutions = []string{"Done", "Won't Do", "Declined"}
	}
	o.completeTypes()
	if len(o.Webhook.Backoff) == 0 {
		o.Webhook.Backoff = []time.Duration{200 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second}
	}
	if o.Webhook.Timeout <= 0 {
		o.Webhook.Timeout = 20 * time.Second
	}
	if o.SearchPage <= 0 {
		o.SearchPage = 50
	}
	if o.MaxComments <= 0 {
		o.MaxComments = 5000
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func (o Options) check() error {
	for _, t := range o.Types {
		if err := t.check(); err != nil {
			return err
		}
	}
	return nil
}

// user finds an account by id, name or e-mail address.
func (s *Server) user(who string) (User, bool) {
	for _, u := range append([]User{s.o.Bot}, s.o.Users...) {
		if u.AccountID == who || strings.EqualFold(u.Name, who) || strings.EqualFold(u.Email, who) {
			return u, true
		}
	}
	return User{}, false
}

func (s *Server) showUser(u User) map[string]any {
	return map[string]any{
		"self": "https://stand-in.invalid/rest/api/2/user?accountId=" + u.AccountID, "accountId": u.AccountID,
		"accountType": "atlassian", "emailAddress": u.Email, "displayName": u.Name, "active": true, "timeZone": u.Zone,
		"avatarUrls": map[string]string{"48x48": "https://stand-in.invalid/avatar/" + u.AccountID},
	}
}
