package change

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// ActionProceed is the implementer's question at a safe point: may I go on (C30)?
const ActionProceed = "proceed"

// The fields of its form.
const (
	FieldPoint     = "point"
	FieldRemaining = "remaining"
)

// Bounds on the safe points of a plan: they travel with the run and stand on the card.
const (
	maxPoints = 20
	maxPoint  = 200 // runes of one
)

// Points are the places at which the plan says that the work can stop, one a line.
func Points(text string) []string {
	var out []string
	for line := range strings.Lines(normalise(text)) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// Numbered lists safe points as people name them.
func Numbered(points []string) string {
	lines := make([]string, len(points))
	for i, p := range points {
		lines[i] = fmt.Sprintf("%d. %s", i+1, p)
	}
	return strings.Join(lines, "\n")
}

// points reads the field of that name and says what is too much.
func (r *reader) points(field string) string {
	text := r.prose(field, optional, maxProse)
	list := Points(text)
	if n := len(list); n > maxPoints {
		r.problem(field, "The field %q names %d safe points; at most %d fit. Name those at which the work can really stop.", field, n, maxPoints)
	}
	for _, p := range list {
		if len([]rune(p)) > maxPoint {
			r.problem(field, "The safe point %q has more than %d characters. Write each on a line of its own, in a few words.", cut(p, 40), maxPoint)
		}
	}
	return text
}

// Proceed is the implementer's question, bound to the content they carry out.
type Proceed struct {
	Binding   Binding
	Point     string        // its number, or its text
	Remaining time.Duration // what is left by their estimate; 0 where they gave none
}

// ParseProceed reads it. The reasons are MissingAnswer without a safe point,
// UnreadableTime, each with its form field, and BadRequest.
func ParseProceed(in compliance.Inbound) (Proceed, Reason, string) {
	var p Proceed
	var bad Reason
	if in.Action != ActionProceed {
		return p, BadRequest, ""
	}
	if p.Binding, bad = boundAct(in); bad != OK {
		return p, bad, ""
	}
	if p.Point, bad = note(in, FieldPoint); bad != OK {
		return p, bad, FieldPoint
	}
	if p.Point == "" {
		return p, MissingAnswer, FieldPoint
	}
	left, bad := note(in, FieldRemaining)
	if bad != OK {
		return p, bad, FieldRemaining
	}
	if left != "" {
		r := reader{fields: map[string]string{FieldRemaining: left}}
		if p.Remaining = r.duration(FieldRemaining); len(r.problems) > 0 {
			return p, UnreadableTime, FieldRemaining
		}
	}
	return p, OK, ""
}

// PointOf finds the safe point that somebody names, by its number or its text; from 1.
func PointOf(points []string, said string) (int, bool) {
	said = strings.TrimSuffix(strings.TrimSpace(said), ".")
	if n, err := strconv.Atoi(said); err == nil {
		return n, n >= 1 && n <= len(points)
	}
	i := slices.IndexFunc(points, func(p string) bool { return strings.EqualFold(strings.TrimSuffix(p, "."), said) })
	return i + 1, i >= 0
}

// JudgeProceed says whether the implementer may go on from this safe point at this
// instant: inside a window, outside every freeze, and so that what is left fits. Of
// what is left unsaid only the instant counts. The reasons of MayStart mean that the
// work stops here until there is an opening again.
func JudgeProceed(state State, implementer, by compliance.PersonID, points []string, ask Proceed, s Schedule, now time.Time) Reason {
	switch {
	case state.Terminal() || state == Verifying:
		return AlreadyClosed
	case state != Executing:
		return NotExecuting
	case by != implementer:
		return NotImplementer
	case len(points) == 0:
		return NoSafePoints
	}
	if _, ok := PointOf(points, ask.Point); !ok {
		return UnknownPoint
	}
	return MayStart(s, now, time.Time{}, ask.Remaining)
}

// Halts reports whether a refusal to go on means that the work waits where it is.
func Halts(r Reason) bool {
	return r == Frozen || r == WindowClosed || r == DoesNotFit || r == NoOpening
}

// Halt is an execution that waits at a safe point. JSON names are frozen.
type Halt struct {
	Point     int           `json:"point"` // from 1
	Reason    Reason        `json:"reason"`
	At        time.Time     `json:"at"`
	Remaining time.Duration `json:"remaining,omitempty"`
	// Opening is when the rest fits next; May is set while it may go on.
	Opening Opening `json:"opening"`
	May     bool    `json:"may,omitempty"`
}

func proceedForm() compliance.Form {
	point := prose(FieldPoint, "Which safe point have you reached?", "Its number as the card lists them, such as 2.", true)
	left := prose(FieldRemaining, "How long will the rest take?", "Minutes such as 45, or 1h30m. Left out, only the window and the freezes count.", false)
	point.Line, left.Line = true, true
	return compliance.Form{
		Action: ActionProceed, Title: "May I go on?", Submit: "Ask",
		Intro:  "The work stands at a safe point of the plan. The answer is recorded: go on, or wait here for the next opening. The way back is always open.",
		Fields: []compliance.Field{point, left},
	}
}
