package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lowcodex/countersign/compliance/change"
)

// defaultReminders are those of a level that says nothing of reminders.
func defaultReminders() []string { return []string{"50%", "80%"} }

// calls checks whom a level calls besides its groups, and when (C9, C10), and
// writes the default out: what is pinned says when people are reminded.
func (c *check) calls(e entry[chainEntry], at string, l *levelEntry, p people) {
	if l.Reminders == nil {
		l.Reminders = defaultReminders()
	}
	before := 0
	for i, text := range l.Reminders {
		share, err := parseShare(text)
		place := fmt.Sprintf("%s/reminders/%d", at, i)
		switch {
		case err != nil:
			e.report(c, place, err.Error(), shareHint)
		case share <= before:
			e.report(c, place, fmt.Sprintf("the reminder at %s does not come after the one before it", text), "write each share once, the earliest first")
		}
		before = max(before, share)
	}
	c.further(e, at+"/deputies", l.Deputies, l.Groups, p)
	if l.Fallback == nil {
		return
	}
	if _, err := parseShare(l.Fallback.After); err != nil {
		e.report(c, at+"/fallback/after", err.Error(), shareHint)
	}
	c.further(e, at+"/fallback/groups", l.Fallback.Groups, l.Groups, p)
}

// further checks groups that are called in addition to those that decide.
func (c *check) further(e entry[chainEntry], at string, groups, deciding []string, p people) {
	for i, g := range groups {
		place := fmt.Sprintf("%s/%d", at, i)
		refer(c, e, place, g, p.groups)
		if slices.Contains(deciding, g) {
			e.report(c, place, fmt.Sprintf("the group %q decides the level anyway", g), "name a group that does not, or leave it out")
		}
	}
}

const shareHint = `write a share of the time to the deadline, from "1%" to "99%"`

// parseShare reads a share of a level's time, 1% to 99%.
func parseShare(text string) (int, error) {
	digits, percent := strings.CutSuffix(text, "%")
	n, err := strconv.Atoi(digits)
	if err != nil || !percent || strconv.Itoa(n) != digits || n < 1 || n > 99 {
		return 0, fmt.Errorf("%q is no share of a level's time", text)
	}
	return n, nil
}

// prompts compiles whom a level calls, and when.
func (e levelEntry) prompts(l *change.Level) error {
	l.Deputies = e.Deputies
	for _, text := range e.Reminders {
		share, err := parseShare(text)
		if err != nil {
			return err
		}
		l.Reminders = append(l.Reminders, share)
	}
	if e.Fallback == nil {
		return nil
	}
	after, err := parseShare(e.Fallback.After)
	l.Fallback = &change.Fallback{Groups: e.Fallback.Groups, After: after}
	return err
}

// cloned is a level that shares nothing with the one it was.
func cloned(l change.Level) change.Level {
	l.Groups, l.Deputies, l.Reminders = slices.Clone(l.Groups), slices.Clone(l.Deputies), slices.Clone(l.Reminders)
	if l.Fallback != nil {
		l.Fallback = &change.Fallback{Groups: slices.Clone(l.Fallback.Groups), After: l.Fallback.After}
	}
	return l
}
