package pages

import (
	"fmt"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance/certification"
)

// ladder shows the reminders of a document on its owner's calendar, up to the
// first one after the end.
func (p *Pages) ladder(class string, last certification.Date, owner *time.Location, sent string) []rungView {
	c, ok := p.cfg.Rules.ArtefactClass(class)
	if !ok || last.IsZero() {
		return nil
	}
	var out []rungView
	next, now := false, p.cfg.Now()
	for _, r := range certification.Plan(c.Ladder, last, certification.DateOf(now.In(owner))) {
		hour := c.Ladder.Hour
		if r.AtEnd {
			hour = 0
		}
		year, month, day := r.Date.Civil()
		past := !time.Date(year, month, day, hour, 0, 0, 0, owner).After(now)
		v := rungView{Name: offsetText(fmt.Sprint(r.Offset)), Day: r.Date.String(), Asks: asks(r.Action), Past: past}
		for i, role := range r.Audience {
			if i > 0 {
				v.Tells += ", "
			}
			v.Tells += string(role)
		}
		if !v.Past && !next && fmt.Sprint(r.Offset) != sent {
			v.Next, next = true, true
		}
		out = append(out, v)
		if r.Offset < 0 && next {
			break
		}
	}
	return out
}

// offsetText is a rung by its days before the end.
func offsetText(offset string) string {
	switch {
	case offset == "0":
		return "at the end"
	case offset == "1":
		return "1 day before"
	case strings.HasPrefix(offset, "-"):
		return offset[1:] + " days after"
	}
	return offset + " days before"
}

// asks is what a rung asks for, in words.
func asks(a certification.Action) string {
	return strings.ReplaceAll(string(a), "_", " ")
}

// zoneNamed is a zone by its name, UTC when it cannot be told.
func zoneNamed(name string) *time.Location {
	if l, err := time.LoadLocation(name); err == nil {
		return l
	}
	return time.UTC
}
