package jira

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/compliance"
)

// webhookEvent is the part of a webhook's body that is believed. Only the
// issue's id, its type and labels, who acted and whether the submit status was
// entered are taken from it; everything else is read again from the API.
type webhookEvent struct {
	WebhookEvent string `json:"webhookEvent"`
	User         *actor `json:"user"`
	Issue        *struct {
		ID     string `json:"id"`
		Key    string `json:"key"`
		Fields struct {
			Status    *struct{ Name string } `json:"status"`
			Project   *struct{ Key string }  `json:"project"`
			IssueType *struct{ Name string } `json:"issuetype"`
			Labels    json.RawMessage        `json:"labels"` // absent in comment events
		} `json:"fields"`
	} `json:"issue"`
	Comment *struct {
		Author       *actor `json:"author"`
		UpdateAuthor *actor `json:"updateAuthor"`
	} `json:"comment"`
	Changelog *struct {
		Items []struct {
			Field      string `json:"field"`
			FromString string `json:"fromString"`
			ToString   string `json:"toString"`
		} `json:"items"`
	} `json:"changelog"`
}

// actor is a user in a webhook. Data Center has names instead of account ids.
type actor struct {
	AccountID string `json:"accountId"`
	Name      string `json:"name"`
}

func (a *actor) account() compliance.Account {
	if a == nil || firstOf(a.AccountID, a.Name) == "" {
		return compliance.Account{}
	}
	return compliance.Account{Provider: Provider, ID: firstOf(a.AccountID, a.Name)}
}

// The kinds of event that are handed on.
const (
	issueCreated = "jira:issue_created"
	issueUpdated = "jira:issue_updated"
	issueDeleted = "jira:issue_deleted"
	commentEvent = "comment_" // created, updated, deleted
)

// errMalformed is what every unusable body is.
var errMalformed = errors.New("malformed")

// parseEvent reads a webhook's body. It does not judge what the event is about.
func parseEvent(body []byte) (webhookEvent, error) {
	var e webhookEvent
	if err := json.Unmarshal(body, &e); err != nil {
		return e, fmt.Errorf("%w: the body is not a webhook in JSON", errMalformed)
	}
	if e.WebhookEvent == "" {
		return e, fmt.Errorf("%w: the body has no webhookEvent", errMalformed)
	}
	if e.Issue == nil {
		if strings.HasPrefix(e.WebhookEvent, "jira:issue_") {
			return e, fmt.Errorf("%w: the event names no issue", errMalformed)
		}
		return e, nil
	}
	if !idPattern.MatchString(e.Issue.ID) || !keyPattern.MatchString(e.Issue.Key) {
		return e, fmt.Errorf("%w: the issue's id or key is not one", errMalformed)
	}
	return e, nil
}

// wanted reports whether the kind of event concerns tickets at all.
func (e webhookEvent) wanted() bool {
	switch e.WebhookEvent {
	case issueCreated, issueUpdated, issueDeleted:
		return true
	}
	return strings.HasPrefix(e.WebhookEvent, commentEvent)
}

// actedBy is who caused the event. comment_created has no user of its own;
// comment_deleted on Cloud names nobody.
func (e webhookEvent) actedBy() compliance.Account {
	if a := e.User.account(); !a.IsZero() {
		return a
	}
	if e.Comment == nil || e.WebhookEvent == "comment_deleted" {
		return compliance.Account{}
	}
	if a := e.Comment.UpdateAuthor.account(); !a.IsZero() {
		return a
	}
	return e.Comment.Author.account()
}

// entered reports whether the event put the issue into the status: it was
// created there, or the changelog moves it there from another one.
func (e webhookEvent) entered(status string) bool {
	if e.WebhookEvent == issueCreated {
		return e.Issue.Fields.Status != nil && strings.EqualFold(e.Issue.Fields.Status.Name, status)
	}
	if e.WebhookEvent != issueUpdated || e.Changelog == nil {
		return false
	}
	for _, item := range e.Changelog.Items {
		if item.Field == "status" && strings.EqualFold(item.ToString, status) && !strings.EqualFold(item.FromString, status) {
			return true
		}
	}
	return false
}

// movedTo is Jira's name of the status the event moved the issue into, empty
// when it moved it nowhere.
func (e webhookEvent) movedTo() string {
	if e.WebhookEvent != issueUpdated || e.Changelog == nil {
		return ""
	}
	for _, item := range e.Changelog.Items {
		if item.Field == "status" && !strings.EqualFold(item.ToString, item.FromString) {
			return item.ToString
		}
	}
	return ""
}

// concerns reports whether the issue is in one of the projects, or just left it.
func (e webhookEvent) concerns(projects ...string) bool {
	for _, project := range projects {
		if strings.HasPrefix(e.Issue.Key, project+"-") {
			return true
		}
		if e.Changelog == nil {
			continue
		}
		for _, item := range e.Changelog.Items {
			if item.Field == "Key" && strings.HasPrefix(item.FromString, project+"-") {
				return true
			}
		}
	}
	return false
}

// issueType is Jira's name of the issue's type, empty when the event does not say.
func (e webhookEvent) issueType() string {
	if e.Issue.Fields.IssueType == nil {
		return ""
	}
	return e.Issue.Fields.IssueType.Name
}

// subject is the workflow id on the issue's label, empty when it has none. Of
// several none is taken: somebody added one by hand.
func (e webhookEvent) subject() string {
	var labels []string
	_ = json.Unmarshal(e.Issue.Fields.Labels, &labels)
	found := ""
	for _, label := range labels {
		subject, ok := strings.CutPrefix(label, SubjectLabel)
		switch {
		case !ok || subject == "":
		case found != "" && found != subject:
			return ""
		default:
			found = subject
		}
	}
	return found
}
