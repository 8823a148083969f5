package policy

import (
	"fmt"
	"time"
)

// calendar checks that every window and freeze of a calendar can be resolved
// and is not empty: an entry that never acts is worse than none, because
// people rely on it.
func (c *check) calendar(e entry[calendarEntry], persons names) {
	if _, err := c.zones.load(e.value.Zone); err != nil {
		e.report(c, "/zone", err.Error(), zoneHint)
	}
	if len(e.value.Windows)+len(e.value.Freezes) == 0 {
		e.report(c, "", fmt.Sprintf("the calendar %q is empty", e.value.Name), "add a window or a freeze, or take the calendar off the environments that name it")
	}
	for i, s := range e.value.Windows {
		c.spell(e, fmt.Sprintf("/windows/%d", i), s)
	}
	for i, s := range e.value.Freezes {
		at := fmt.Sprintf("/freezes/%d", i)
		c.spell(e, at, s.spellEntry)
		if s.Owner != "" {
			refer(c, e, at+"/owner", string(s.Owner), persons)
		}
	}
}

func (c *check) spell(e entry[calendarEntry], at string, s spellEntry) {
	zone := e.value.Zone
	if s.Zone != "" {
		zone = s.Zone
		if _, err := c.zones.load(zone); err != nil {
			e.report(c, at+"/zone", err.Error(), zoneHint)
			return
		}
	}
	loc, err := c.zones.load(zone)
	if err != nil {
		loc = time.UTC // reported with the calendar; go on judging the rest
	}
	compiled, wrong := compileSpell(s, zone, loc)
	if wrong != nil {
		e.report(c, at+wrong.at, wrong.text, wrong.hint)
		return
	}
	if first, last, dated := compiled.dates(); dated && len(compiled.between(first, last, true)) == 0 {
		e.report(c, at, fmt.Sprintf("%q does not exist in %s: the clocks skip it", s.Name, zone), "choose times the clocks show on that day")
	}
}
