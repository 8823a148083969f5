package jira

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
)

// issueAnswer is an issue as answered by the API. The fields stay raw: one
// field that is not what a library expects must not make the issue unreadable.
type issueAnswer struct {
	ID     string                     `json:"id"`
	Key    string                     `json:"key"`
	Fields map[string]json.RawMessage `json:"fields"`
}

func (a issueAnswer) status() string { return a.name("status") }

// ended reports whether the status is one of those that Jira calls done.
func (a issueAnswer) ended() bool {
	var v struct{ StatusCategory struct{ Key string } }
	_ = json.Unmarshal(a.Fields["status"], &v)
	return v.StatusCategory.Key == "done"
}

// account returns the person in a field, none when it is empty.
func (a issueAnswer) account(field string) compliance.Account {
	var v struct{ AccountID string }
	if json.Unmarshal(a.Fields[field], &v) != nil || v.AccountID == "" {
		return compliance.Account{}
	}
	return compliance.Account{Provider: Provider, ID: v.AccountID}
}

// text returns the text in a field, empty when there is none.
func (a issueAnswer) text(field string) string {
	var v string
	_ = json.Unmarshal(a.Fields[field], &v)
	return v
}

// name returns the "name" of an object field, empty when there is none.
func (a issueAnswer) name(field string) string {
	var v struct{ Name string }
	_ = json.Unmarshal(a.Fields[field], &v)
	return v.Name
}

// Read returns the ticket as it is now, found by id, or by key when the id is
// empty. It is Gone when the ticket does not exist or the bot may not see it,
// and Blocked when a field does not hold what the mapping says.
func (c *Client) Read(ctx context.Context, ref compliance.TicketRef) (compliance.Ticket, error) {
	const op = "read ticket"
	fields := []string{"status", "reporter", "creator", "updated", "attachment"}
	for _, f := range c.cfg.Fields {
		if !slices.Contains(fields, f.ID) {
			fields = append(fields, f.ID)
		}
	}
	issue, err := c.issue(ctx, op, ref, fields)
	if err != nil {
		return compliance.Ticket{}, err
	}
	t, err := c.ticket(op, issue)
	if err == nil {
		t.Attachments, err = issue.attachments(op)
	}
	if err != nil {
		return t, err
	}
	// Who created an issue is set once by Jira and can be edited by nobody. What
	// we opened ourselves we opened for somebody else.
	t.Creator = issue.account("creator")
	bot, err := c.Bot(ctx)
	t.Own = t.Creator.ID != "" && t.Creator.ID == bot
	return t, err
}

func (c *Client) issue(ctx context.Context, op string, ref compliance.TicketRef, fields []string) (issueAnswer, error) {
	at, err := c.locate(op, ref)
	if err != nil {
		return issueAnswer{}, err
	}
	var issue issueAnswer
	if err := c.call(ctx, op, http.MethodGet, "issue/"+at+"?fields="+strings.Join(fields, ","), nil, &issue); err != nil {
		return issueAnswer{}, err
	}
	if !idPattern.MatchString(issue.ID) || (ref.ID != "" && issue.ID != ref.ID) {
		return issueAnswer{}, &compliance.Failure{Class: compliance.Unavailable, Op: op, Detail: "the answer is about another ticket"}
	}
	return issue, nil
}

func (c *Client) ticket(op string, issue issueAnswer) (compliance.Ticket, error) {
	t := compliance.Ticket{
		Ref:    compliance.TicketRef{Site: c.cfg.Site, ID: issue.ID, Key: issue.Key},
		Status: shownStatus(compliance.TicketChange, c.cfg.Statuses, issue.status()),
		Fields: map[string]string{},
		Link:   c.cfg.browse(issue.Key),
	}
	t.Requester = issue.account("reporter")
	if err := issue.decode(op, c.cfg.Fields, t.Fields); err != nil {
		return compliance.Ticket{}, err
	}
	t.Revision = revision(issue, t.Status, t.Requester, t.Fields)
	return t, nil
}

// decode reads the mapped fields into texts.
func (a issueAnswer) decode(op string, fields []FieldMap, into map[string]string) error {
	for _, f := range fields {
		text, err := f.decode(a.Fields[f.ID])
		if err != nil {
			return blocked(op, "%s: %s", a.Key, err)
		}
		if text != "" {
			into[f.Name] = text
		}
	}
	return nil
}

// revision joins Jira's time of the last edit, which is in milliseconds, with
// a digest of what we read, so that two edits within one instant differ too.
func revision(issue issueAnswer, read ...any) string {
	text, _ := json.Marshal(read) // strings only: cannot fail
	sum := sha256.Sum256(text)
	return issue.text("updated") + "/" + hex.EncodeToString(sum[:6])
}

// Apply writes one step: first the comment, then the status. With repeat it
// looks for the step's comment before it writes; repeat must be true whenever
// the same step may have been tried before. A status that is already reached
// is no error. A crash between the two leaves the comment alone, and the
// repetition finds it and goes on to the status. A crash after both looks the
// same, so the repetition goes on only from the status the step begins at:
// whoever has moved the ticket on since is not overruled.
//
// Classes beside those of HTTP: Blocked when the status is not mapped, when
// the workflow has no transition to it from the present status, or when the
// transition's screen requires a field that has no value; Conflict when
// somebody moved the ticket at the same time.
func (c *Client) Apply(ctx context.Context, s compliance.TicketStep, people map[compliance.PersonID]compliance.Person, repeat bool) error {
	if s.Key == "" {
		return invalid("advance ticket", "the step has no event key")
	}
	found := false
	if len(s.Comment) > 0 {
		var err error
		if found, err = c.comment(ctx, s, people, repeat); err != nil {
			return err
		}
	}
	if s.Status == "" {
		return nil
	}
	return c.advance(ctx, s, found)
}

// mark is the short token that finds our work again: on tickets a label, in
// comments part of the last line. 64 bits of a digest of the event key, so
// that it holds whatever characters the key has.
func mark(eventKey string) string {
	sum := sha256.Sum256([]byte(eventKey))
	return "cs-" + hex.EncodeToString(sum[:8])
}
