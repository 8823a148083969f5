package exception

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Schema is the version of the Exception's JSON form, which stands in records
// and is carried on by runs. Fields are only ever added to it.
const Schema = 1

// Terms are what the policy asks of exceptions from a control. They are those of
// the request until a renewal is asked for, which takes the policy of that day.
type Terms struct {
	Approvers     []string `json:"approvers"`      // groups of the directory
	Quorum        int      `json:"quorum"`         // how many of their members must agree, at least 1
	DecideWithin  int      `json:"decide_within"`  // days until silence is no
	MaxDays       int      `json:"max_days"`       // days, the longest that one decision allows
	MaxRenewals   int      `json:"max_renewals"`   // how often it may be decided anew
	RecheckEvery  int      `json:"recheck_every"`  // days between two questions to the verifier
	RecheckWithin int      `json:"recheck_within"` // days in which the verifier has to answer
	NewDeadline   int      `json:"new_deadline"`   // days to remedy what is reopened
	Warn          []int    `json:"warn,omitempty"` // days before the end at which is warned, falling
}

// Exception is everything the rules know of one, without what people wrote.
// Every record that moves it says how it stands afterwards in this form.
type Exception struct {
	Schema      int    `json:"schema"`
	Number      string `json:"number,omitempty"` // EXC-3
	Control     string `json:"control"`
	System      string `json:"system"`
	Environment string `json:"environment,omitempty"`
	Change      string `json:"change,omitempty"`
	// Since is when what it excuses began, such as the day of the finding: it
	// does not change with renewals (A17).
	Since     Date                `json:"since"`
	Requester compliance.PersonID `json:"requester"`
	Owner     compliance.PersonID `json:"owner"`
	Verifier  compliance.PersonID `json:"verifier"`
	Terms     Terms               `json:"terms"`

	State State `json:"state"`
	Cause Cause `json:"cause,omitempty"` // in Reopened and Overdue
	// First is the first day it was in force; Renewals counts the decisions since.
	First    Date `json:"first,omitzero"`
	Renewals int  `json:"renewals,omitempty"`
	// Last is its last day, Ends the instant at which that day ends for the owner.
	Last Date      `json:"last"`
	Ends time.Time `json:"ends,omitzero"`
	// Warned is the nearest warning of this period that went out, 0 for none.
	Warned int   `json:"warned,omitempty"`
	Check  Check `json:"check,omitzero"`
	// Round is the decision under way, nil when nothing is to be decided; Rounds
	// counts all there were.
	Round  *Round `json:"round,omitempty"`
	Rounds int    `json:"rounds"`
	// Due is the short deadline after the end (A17), Deadline its instant.
	Reopened time.Time `json:"reopened,omitzero"`
	Due      Date      `json:"due,omitzero"`
	Deadline time.Time `json:"deadline,omitzero"`
	// Reminded counts how often it was told that the short deadline passed; Remind
	// is when that is told again.
	Reminded int       `json:"reminded,omitempty"`
	Remind   time.Time `json:"remind,omitzero"`
}

// Round is one decision: on the request, or on a renewal.
type Round struct {
	N     int       `json:"n"`               // from 1, one series per exception
	Until Date      `json:"until"`           // the last day that is asked for
	By    time.Time `json:"by"`              // silence until then is no
	Terms *Terms    `json:"terms,omitempty"` // of a renewal: what holds if it is granted
	// Approved lists who has agreed so far.
	Approved []compliance.PersonID `json:"approved,omitempty"`
}

// Check is the question to the verifier whether the compensating control works (A18).
type Check struct {
	N     int       `json:"n"`              // how many were asked
	Next  time.Time `json:"next"`           // when the next one is asked
	Asked time.Time `json:"asked,omitzero"` // zero while no answer is owed
	// By is when the exception ends without an answer: of the question that was
	// asked, or of the next one, if nobody is there to ask it.
	By time.Time `json:"by"`
}

// Renewing reports whether a renewal is being decided.
func (e Exception) Renewing() bool { return e.Round != nil && e.State != Requested }

// Excuses reports whether it counts at the instant now.
func (e Exception) Excuses(now time.Time) bool {
	_, ok := e.Waiver(now)
	return ok
}

// OverdueDays is for how many whole days of the owner's calendar what it excused
// has been without an exception. 0 while it is in force.
func (e Exception) OverdueDays(local Local) int {
	if e.Reopened.IsZero() || e.State == InForce {
		return 0
	}
	if e.Cause == Expired {
		return max(0, local.Today.Days(e.Last)-1)
	}
	return max(0, local.Today.Days(e.Due.Add(-e.Terms.NewDeadline)))
}

// at is the instant of an hour of a day, in UTC.
func at(local Local, d Date, hour int) time.Time { return local.Instant(d, hour).UTC() }

// hour is the local hour at which people are written to.
const hour = 9
