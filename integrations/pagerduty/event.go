package pagerduty

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
)

// ActionReassign is what a person does who gives an incident to somebody else
// in PagerDuty; the answer named AnswerTo lists the accounts it went to. It is no
// acknowledgement: the incident goes on paging.
const (
	ActionReassign = incident.ActionReassign
	AnswerTo       = incident.FieldTo
)

// event is what is read of a webhook of version 3.
// https://developer.pagerduty.com/docs/webhooks-overview (webhook payload)
type event struct {
	ID         string    `json:"id"`
	Type       string    `json:"event_type"`
	Resource   string    `json:"resource_type"`
	OccurredAt time.Time `json:"occurred_at"`
	Agent      *struct {
		ID   string `json:"id"`
		Type string `json:"type"`
	} `json:"agent"`
	Data struct {
		ID        string `json:"id"`
		Number    int    `json:"number"`
		Key       string `json:"incident_key"`
		Assignees []struct {
			ID   string `json:"id"`
			Type string `json:"type"`
		} `json:"assignees"`
	} `json:"data"`
}

// userReference is the type of an agent that is a person.
const userReference = "user_reference"

// accountPattern bounds what is taken over as an id of PagerDuty's.
var accountPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// parseEvent reads a webhook. The error says, in one line and without quoting
// much of it, why it is none.
func parseEvent(body []byte) (event, error) {
	var envelope struct {
		Event *event `json:"event"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return event{}, errors.New("the body is not a webhook of version 3: its JSON cannot be read")
	}
	e := envelope.Event
	if e == nil || e.ID == "" || e.Type == "" {
		return event{}, errors.New("the body is not a webhook of version 3: it names no event")
	}
	return *e, nil
}

// inbound is the act that the event tells of. The reason is not empty when
// nobody's answer to one of our pages is told.
func (e event) inbound() (compliance.Inbound, string) {
	action, answers := "", []compliance.Answer(nil)
	switch e.Type {
	case "incident.acknowledged":
		action = incident.ActionAcknowledge
	case "incident.resolved":
		action = incident.ActionResolve
		// PagerDuty asks for no note; the record must not read as if there were one.
		answers = []compliance.Answer{{Name: incident.FieldNote, Value: fmt.Sprintf("Resolved in PagerDuty (incident %d there), where no note is asked for.", e.Data.Number)}}
	case "incident.reassigned":
		action = ActionReassign
		answers = []compliance.Answer{{Name: AnswerTo, Value: e.assignees()}}
	default:
		return compliance.Inbound{}, DeliveryIgnoredEvent
	}
	subject, ref, err := parseKey(e.Data.Key)
	switch {
	case err != nil:
		return compliance.Inbound{}, DeliveryIgnoredOther
	case e.Agent == nil:
		return compliance.Inbound{}, DeliveryNobody
	case e.Agent.Type != userReference:
		if strings.Contains(e.Agent.Type, "integration") {
			return compliance.Inbound{}, DeliveryEcho
		}
		return compliance.Inbound{}, DeliveryNobody
	case !accountPattern.MatchString(e.Agent.ID):
		return compliance.Inbound{}, DeliveryNobody
	}
	return compliance.Inbound{
		Delivery: e.delivery(), Surface: Provider, Actor: compliance.Account{Provider: Provider, ID: e.Agent.ID},
		Subject: subject, Action: action, Ref: ref, Answers: answers, Acted: e.acted(), Message: e.message(),
	}, ""
}

// delivery is the same over PagerDuty's repetitions.
func (e event) delivery() string {
	if accountPattern.MatchString(e.ID) {
		return Provider + "/" + e.ID
	}
	sum := sha256.Sum256([]byte(e.ID))
	return Provider + "/sha256:" + hex.EncodeToString(sum[:])
}

func (e event) message() string {
	if !accountPattern.MatchString(e.Data.ID) {
		return ""
	}
	return "incident " + e.Data.ID
}

// acted is when it happened; an instant that JSON could not carry on is none.
func (e event) acted() time.Time {
	if at := e.OccurredAt.UTC(); at.Year() >= 2000 && at.Year() < 10_000 {
		return at
	}
	return time.Time{}
}

// assignees lists the people that the incident is given to now.
func (e event) assignees() string {
	var to []string
	for _, a := range e.Data.Assignees[:min(len(e.Data.Assignees), 20)] {
		if a.Type == userReference && accountPattern.MatchString(a.ID) {
			to = append(to, Provider+":"+a.ID)
		}
	}
	return strings.Join(to, ",")
}
