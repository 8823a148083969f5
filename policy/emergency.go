package policy

import (
	"cmp"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/incident"
)

// emergencyEntry is how a change that cannot wait is carried out without its
// approvals. Absent: not at all.
type emergencyEntry struct {
	Reviewers          []string            `json:"reviewers"`
	ControlOwner       compliance.PersonID `json:"control_owner"`
	OnCall             string              `json:"on_call"`
	Channel            string              `json:"channel"`
	ReviewWithin       string              `json:"review_within,omitempty"`
	ReviewBusinessDays int                 `json:"review_business_days,omitempty"`
	AnswerWithin       string              `json:"answer_within"`
	EscalateFor        string              `json:"escalate_for"`
	RemedyWithin       string              `json:"remedy_within"`
	BarInvoker         *bool               `json:"bar_invoker"`
}

// What stands where the policy is silent.
const (
	defaultReviewWithin = "24h"
	defaultAnswerWithin = "15m"
	defaultEscalateFor  = "24h"
	defaultRemedyWithin = "7d"
)

// complete writes out what stands where the rules are silent, so that a later
// release's defaults do not change what is pinned.
func (e emergencyEntry) complete() emergencyEntry {
	if e.ReviewBusinessDays == 0 {
		e.ReviewWithin = cmp.Or(e.ReviewWithin, defaultReviewWithin)
	}
	e.AnswerWithin = cmp.Or(e.AnswerWithin, defaultAnswerWithin)
	e.EscalateFor = cmp.Or(e.EscalateFor, defaultEscalateFor)
	e.RemedyWithin = cmp.Or(e.RemedyWithin, defaultRemedyWithin)
	if e.BarInvoker == nil {
		bars := true
		e.BarInvoker = &bars
	}
	return e
}

// rules reads the durations. Those that cannot be read are told to
// wrong and count as zero.
func (e emergencyEntry) rules(wrong func(at string, err error)) change.EmergencyRules {
	read := func(at, text string) time.Duration {
		if text == "" {
			return 0
		}
		d, err := parseDuration(text)
		if err != nil {
			wrong(at, err)
		}
		return d
	}
	return change.EmergencyRules{
		Reviewers: slices.Clone(e.Reviewers), ControlOwner: e.ControlOwner, OnCall: e.OnCall, Channel: e.Channel,
		ReviewWithin: read("/review_within", e.ReviewWithin), ReviewBusinessDays: e.ReviewBusinessDays,
		AnswerWithin: read("/answer_within", e.AnswerWithin), EscalateFor: read("/escalate_for", e.EscalateFor),
		RemedyWithin: read("/remedy_within", e.RemedyWithin), BarInvoker: e.BarInvoker != nil && *e.BarInvoker,
	}
}

// Emergency says how a change that cannot wait is carried out without its
// approvals (C32, C33); false when the policy has no such way.
func (r *Rules) Emergency() (change.EmergencyRules, bool) {
	if r.emergency == nil {
		return change.EmergencyRules{}, false
	}
	e := *r.emergency
	e.Reviewers = slices.Clone(e.Reviewers)
	return e, true
}

// EmergencyTargets are who is asked about an emergency, in the order in which
// they are tried: a rotation, or the targets of each step of an escalation policy.
func (r *Rules) EmergencyTargets() [][]incident.Target {
	if r.emergency == nil || r.escalation == nil {
		return nil
	}
	name := r.emergency.OnCall
	if _, rotation := r.escalation.rotations[name]; rotation {
		return [][]incident.Target{{{Kind: incident.TargetRotation, Name: name}}}
	}
	p, _ := r.EscalationPolicy(name)
	var out [][]incident.Target
	for _, s := range p.Steps {
		out = append(out, s.Targets)
	}
	return out
}

// ReviewDue is when the review of an emergency is due that was over at an
// instant, with the digest of the zone data where business days were counted.
// For activities only, like Workdays.
func (r *Rules) ReviewDue(e change.EmergencyRules, over time.Time) (time.Time, string, error) {
	if e.ReviewBusinessDays == 0 {
		return over.Add(e.ReviewWithin).UTC(), "", nil
	}
	days, zones, err := r.Workdays(over, over.Add(emergencyHorizon))
	if err != nil {
		return time.Time{}, "", err
	}
	as := incident.Policy{Severities: []incident.SeverityRule{{Severity: incident.Sev1, ReviewBusinessDays: e.ReviewBusinessDays}}}
	return incident.ReviewDue(as, incident.Sev1, over, days), zones, nil
}

// emergencyHorizon is how far business days are resolved ahead: more than the
// longest review takes, whatever the holidays.
const emergencyHorizon = 120 * 24 * time.Hour
