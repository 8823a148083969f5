package incident

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Binding is what a button or form was about (I12): it travels as Action.Ref
// and comes back as Inbound.Ref.
type Binding struct {
	Incident Token
	Page     int // ordinal of the page it was sent with, from 1; 0 for the incident's own card
	Step     int // step of that page, for people; 0 where there is none
	// Expires is when the button stops working, in whole seconds, UTC.
	Expires time.Time
}

// ButtonFor is how long the button of a page works. It is longer than any
// shift, so that a page read after a night still answers what it asks.
const ButtonFor = 12 * time.Hour

var (
	ordinalPattern = regexp.MustCompile(`^(0|[1-9][0-9]{0,5})$`)
	secondsPattern = regexp.MustCompile(`^[1-9][0-9]{0,10}$`)
)

// NewBinding binds a button to the page that is sent at this instant.
func NewBinding(s Standing, sent time.Time) Binding {
	return Binding{Incident: s.ID, Page: s.Page, Step: s.Step, Expires: sent.Add(ButtonFor).UTC().Truncate(time.Second)}
}

// FollowFor is how long the buttons of a closed incident's card work, which are
// about what is still to be done: nobody rewrites a card twice a day for months.
const FollowFor = 60 * 24 * time.Hour

// FollowBinding binds the actions on the card of a closed incident.
func FollowBinding(id Token, shown time.Time) Binding {
	return Binding{Incident: id, Expires: shown.Add(FollowFor).UTC().Truncate(time.Second)}
}

// CardBinding binds the actions on an incident's own card, which are about the
// incident and not about one page. Its card is rewritten before it expires.
func CardBinding(id Token, shown time.Time) Binding {
	return Binding{Incident: id, Expires: shown.Add(ButtonFor).UTC().Truncate(time.Second)}
}

// String gives the compact form, such as "3f2a9c1b7d04.3.2.1795312800"; ParseBinding
// reads it back.
func (b Binding) String() string {
	return fmt.Sprintf("%s.%d.%d.%d", b.Incident, b.Page, b.Step, b.Expires.Unix())
}

// ParseBinding reads what String wrote and accepts nothing else: one binding
// has exactly one text.
func ParseBinding(s string) (Binding, error) {
	parts := strings.Split(s, ".")
	if len(s) > 100 || len(parts) != 4 {
		return Binding{}, fmt.Errorf("binding: want incident.page.step.expiry; open the card again")
	}
	incident, page, step, expires := parts[0], parts[1], parts[2], parts[3]
	switch {
	case !tokenPattern.MatchString(incident):
		return Binding{}, fmt.Errorf("binding: %q names no incident", incident)
	case !ordinalPattern.MatchString(page):
		return Binding{}, fmt.Errorf("binding: %q is no page", page)
	case !ordinalPattern.MatchString(step):
		return Binding{}, fmt.Errorf("binding: %q is no step", step)
	case !secondsPattern.MatchString(expires):
		return Binding{}, fmt.Errorf("binding: %q is no expiry in seconds", expires)
	}
	// The patterns bound all three, so no conversion can fail.
	p, _ := strconv.Atoi(page)
	t, _ := strconv.Atoi(step)
	e, _ := strconv.ParseInt(expires, 10, 64)
	return Binding{Incident: Token(incident), Page: p, Step: t, Expires: time.Unix(e, 0).UTC()}, nil
}

// JudgeBinding says whether what the person pressed is still good, for an act
// whose own rule does not ask.
func JudgeBinding(s Standing, b Binding, now time.Time) Reason { return b.judge(s, now) }

// JudgeSeen says whether a closure comes from a card that shows this review:
// StaleButton when the review was written after the card was made, so that nobody
// signs what they have not seen. The card is made anew with each review.
func JudgeSeen(b Binding, r Review) Reason {
	if b != (Binding{}) && b.Expires.Before(CardBinding(b.Incident, r.At).Expires) {
		return StaleButton
	}
	return OK
}

// judge says whether what the person pressed is still good: BadRequest for
// another incident or a page that was never sent, StaleButton once it has
// expired or its escalation is over. A page of an earlier step of this
// escalation is good: whoever was paged first stays paged (I6). A zero binding,
// from a surface without buttons, is judged by the state alone.
func (b Binding) judge(s Standing, now time.Time) Reason {
	switch {
	case b == Binding{}:
		return OK
	case b.Incident != s.ID || b.Page > s.Page:
		return BadRequest
	case !now.Before(b.Expires):
		return StaleButton // half-open: the expiry itself is too late
	case b.Page != 0 && b.Page < s.First:
		return StaleButton
	}
	return OK
}
