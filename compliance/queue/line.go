// Package queue holds the rules of a line: changes of one system and environment of
// which at most so many are carried out at once (C29). Everything here is pure; the
// process of the line applies it.
package queue

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Word is what a change says to the line of its system and environment. JSON names
// are frozen.
type Word struct {
	Kind    Kind   `json:"kind"`
	Subject string `json:"subject"` // workflow id of the change
	Number  string `json:"number,omitempty"`
	// Approved is when it was approved: who was first is served first.
	Approved time.Time `json:"approved,omitzero"`
	// Limit is how many may be carried out at once by the policy as the change read it
	// last, Within how long a turn may be left unused.
	Limit  int           `json:"limit,omitempty"`
	Within time.Duration `json:"within,omitempty"`
	// Until is when its opening ends; zero where it does not.
	Until time.Time `json:"until,omitzero"`
	// By is the workflow id of the process that carries the change out and wants to hear
	// of its turn as well; of a Hear only.
	By string `json:"by,omitempty"`
}

// Kind is what a word asks for.
type Kind string

const (
	Join  Kind = "join"  // it could start, and wants a turn
	Begin Kind = "begin" // it is being carried out
	Leave Kind = "leave" // it wants no turn any more, or gives its own back
	Hear  Kind = "hear"  // whoever carries it out wants to hear of its turn, too
)

// Line is who waits and who holds a turn. JSON names are frozen.
type Line struct {
	Limit   int           `json:"limit"`
	Within  time.Duration `json:"within"`
	Waiting []Waiting     `json:"waiting,omitempty"` // in their order
	Holders []Holder      `json:"holders,omitempty"` // in the order of their turns
	// Hearers are told the same as the change, after it: they ask it to begin.
	Hearers []Hearer `json:"hearers,omitempty"`
}

// Hearer is a process that carries a change out.
type Hearer struct {
	Subject string `json:"subject"` // workflow id of the change
	By      string `json:"by"`      // its own
}

// Waiting is a change without a turn.
type Waiting struct {
	Subject  string    `json:"subject"`
	Number   string    `json:"number,omitempty"`
	Approved time.Time `json:"approved"`
	Until    time.Time `json:"until,omitzero"`
	// Passed counts turns that it did not use: it stands behind those who used none.
	Passed int `json:"passed,omitempty"`
}

// Holder is a change whose turn it is.
type Holder struct {
	Waiting
	Granted  time.Time `json:"granted"`
	Deadline time.Time `json:"deadline,omitzero"` // by which it has to begin
	Begun    bool      `json:"begun,omitempty"`
}

// Turn is what the line tells a change. JSON names are frozen.
type Turn struct {
	Granted  bool      `json:"granted,omitempty"`
	Deadline time.Time `json:"deadline,omitzero"` // by which a granted turn has to be used
	// Place is that in the line, from 1; Before are the numbers of those that come
	// first, those being carried out at the head, at most Named of them; More counts the others.
	Place  int      `json:"place,omitempty"`
	Before []string `json:"before,omitempty"`
	More   int      `json:"more,omitempty"`
	// Passed says that it did not use its turn in time.
	Passed bool `json:"passed,omitempty"`
}

// Same reports whether two turns say the same.
func (t Turn) Same(o Turn) bool {
	return t.Granted == o.Granted && t.Deadline.Equal(o.Deadline) && t.Place == o.Place && slices.Equal(t.Before, o.Before) &&
		t.More == o.More && t.Passed == o.Passed
}

// Named bounds the numbers in a Turn, and to which place changes are told that the
// line moved: the line stays cheap however long it is.
const Named = 5

// Take applies what a change says. Saying it again changes nothing.
func (l *Line) Take(w Word, now time.Time) {
	if w.Limit > 0 {
		l.Limit, l.Within = w.Limit, w.Within
	}
	held := slices.IndexFunc(l.Holders, func(h Holder) bool { return h.Subject == w.Subject })
	waits := slices.IndexFunc(l.Waiting, func(x Waiting) bool { return x.Subject == w.Subject })
	switch {
	case w.Kind == Leave:
		l.drop(w.Subject)
	case w.Kind == Hear: // also before the change itself has asked: both are on their way
		l.Hearers = slices.DeleteFunc(l.Hearers, func(h Hearer) bool { return h.Subject == w.Subject })
		if w.By != "" {
			l.Hearers = append(l.Hearers, Hearer{Subject: w.Subject, By: w.By})
		}
	case w.Kind == Begin && held >= 0:
		l.Holders[held].Begun, l.Holders[held].Deadline = true, time.Time{}
	case w.Kind == Begin: // it began before there was a limit
		l.step(w.Subject)
		l.Holders = append(l.Holders, Holder{Waiting: Waiting{Subject: w.Subject, Number: w.Number, Approved: w.Approved}, Granted: now, Begun: true})
	case w.Kind == Join && held >= 0:
		l.Holders[held].Until = w.Until
		l.Holders[held].Begun = false
		l.Holders[held].Deadline = l.deadline(l.Holders[held])
	case w.Kind == Join && waits >= 0:
		l.Waiting[waits].Until, l.Waiting[waits].Approved = w.Until, w.Approved
		l.sort()
	case w.Kind == Join:
		l.Waiting = append(l.Waiting, Waiting{Subject: w.Subject, Number: w.Number, Approved: w.Approved, Until: w.Until})
		l.sort()
	}
}

// Drop takes changes out that do not run any more.
func (l *Line) Drop(gone []string) {
	for _, s := range gone {
		l.drop(s)
	}
}

func (l *Line) drop(subject string) {
	l.step(subject)
	l.Hearers = slices.DeleteFunc(l.Hearers, func(h Hearer) bool { return h.Subject == subject })
}

// step takes a change out of its place.
func (l *Line) step(subject string) {
	l.Holders = slices.DeleteFunc(l.Holders, func(h Holder) bool { return h.Subject == subject })
	l.Waiting = slices.DeleteFunc(l.Waiting, func(w Waiting) bool { return w.Subject == subject })
}

// Pass takes turns back that were not used in time, where somebody waits for them: who
// held one stands behind. Without anybody waiting it hurts nobody to keep it.
func (l *Line) Pass(now time.Time) (passed []string) {
	var kept []Holder
	wanted := len(l.Waiting)
	for _, h := range l.Holders {
		if len(passed) >= wanted || h.Begun || h.Deadline.IsZero() || now.Before(h.Deadline) {
			kept = append(kept, h)
			continue
		}
		passed = append(passed, h.Subject)
		h.Passed++
		l.Waiting = append(l.Waiting, h.Waiting)
	}
	l.Holders = kept
	l.sort()
	return passed
}

// Grant gives turns to the first in the line while there are any.
func (l *Line) Grant(now time.Time) {
	for len(l.Holders) < l.Limit && len(l.Waiting) > 0 {
		h := Holder{Waiting: l.Waiting[0], Granted: now}
		h.Deadline = l.deadline(h)
		l.Holders, l.Waiting = append(l.Holders, h), l.Waiting[1:]
	}
}

// deadline is when a turn has to be used: soon, and before its opening ends.
func (l *Line) deadline(h Holder) time.Time {
	end := h.Granted.Add(l.Within)
	if !h.Until.IsZero() && h.Until.Before(end) {
		return h.Until
	}
	return end
}

// Next is when a turn passes by itself; zero while none can.
func (l *Line) Next() time.Time {
	var next time.Time
	for _, h := range l.Holders {
		if len(l.Waiting) > 0 && !h.Begun && !h.Deadline.IsZero() && (next.IsZero() || h.Deadline.Before(next)) {
			next = h.Deadline
		}
	}
	return next
}

// Empty reports whether nobody waits and nobody holds a turn.
func (l *Line) Empty() bool { return len(l.Holders) == 0 && len(l.Waiting) == 0 }

// HearerOf is who carries a change out and wants to hear of its turn; empty where nobody said so.
func (l *Line) HearerOf(subject string) string {
	for _, h := range l.Hearers {
		if h.Subject == subject {
			return h.By
		}
	}
	return ""
}

// Told is what one change should know.
type Told struct {
	Subject string
	Turn    Turn
}

// Turns are what everybody should know now, in the order of the line: all holders
// that have not begun, and who waits.
func (l *Line) Turns() []Told {
	var out []Told
	var before []string
	for _, h := range l.Holders {
		before = append(before, h.Number)
		if !h.Begun {
			out = append(out, Told{h.Subject, Turn{Granted: true, Deadline: h.Deadline}})
		}
	}
	for i, w := range l.Waiting {
		n := min(len(before), Named)
		out = append(out, Told{w.Subject, Turn{Place: i + 1, Before: slices.Clone(before[:n]), More: len(before) - n}})
		before = append(before, w.Number)
	}
	return out
}

// sort keeps the order: who let no turn pass, who was approved first, whose number is lower.
func (l *Line) sort() {
	slices.SortStableFunc(l.Waiting, func(a, b Waiting) int {
		return cmp.Or(cmp.Compare(a.Passed, b.Passed), a.Approved.Compare(b.Approved), cmp.Compare(ordinal(a.Number), ordinal(b.Number)), cmp.Compare(a.Subject, b.Subject))
	})
}

// ordinal is the number in a number such as "CHG-12".
func ordinal(number string) int {
	n, _ := strconv.Atoi(number[strings.LastIndexByte(number, '-')+1:]) // none sorts first
	return n
}
