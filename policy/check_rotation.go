package policy

import (
	"fmt"

	"github.com/lowcodex/countersign/compliance/certification"
)

func (c *check) rotation(e entry[rotationEntry], p pageable) {
	if len(e.value.Sun) > 0 {
		c.sun(e, p)
		return
	}
	sound := true
	written := e.value.rotation(func(at, text, hint string) {
		sound = false
		e.report(c, at, text, hint)
	})
	if sound {
		for _, wrong := range written.Check() {
			e.report(c, pointerOf(wrong.Place, 1), wrong.Text, "")
		}
	}
	for i, v := range e.value.Versions {
		at := fmt.Sprintf("/versions/%d", i)
		if _, err := c.zones.load(v.Zone); err != nil {
			e.report(c, at+"/zone", err.Error(), zoneHint)
		}
		for j, m := range v.Members {
			paged(c, e, fmt.Sprintf("%s/members/%d", at, j), m, p)
		}
	}
	for i, o := range e.value.Overrides {
		paged(c, e, fmt.Sprintf("/overrides/%d/person", i), o.Person, p)
	}
}

// sun checks a rotation that follows the sun over others.
func (c *check) sun(e entry[rotationEntry], p pageable) {
	if len(e.value.Versions)+len(e.value.Overrides) > 0 {
		e.report(c, "/sun", "a rotation that follows the sun has no versions and no overrides of its own", "put them on the rotations it follows")
	}
	seen := map[string]bool{}
	for i, s := range e.value.Sun {
		at := fmt.Sprintf("/sun/%d", i)
		other, ok := p.rotations[s.Rotation]
		switch {
		case !ok:
			e.report(c, at+"/rotation", fmt.Sprintf("there is no rotation %q", s.Rotation), meant(s.Rotation, sortedKeys(p.rotations), "rotation"))
		case len(other.value.Sun) > 0:
			e.report(c, at+"/rotation", fmt.Sprintf("%q follows the sun itself", s.Rotation), "name rotations of people")
		}
		if _, err := c.zones.load(s.Zone); err != nil {
			e.report(c, at+"/zone", err.Error(), zoneHint)
		}
		if w, ok := parseClock(s.At); !ok || w.Hour == 24 {
			e.report(c, at+"/at", fmt.Sprintf("%q is no time of day", s.At), `write when it takes over each day, such as "09:00"`)
		}
		if turn := s.Zone + " " + s.At; seen[turn] {
			e.report(c, at+"/at", "another rotation takes over at the same time", "nobody of this one would ever be on call; choose another time")
		} else {
			seen[turn] = true
		}
	}
}

func (c *check) business(e entry[businessEntry]) {
	if _, err := c.zones.load(e.value.Zone); err != nil {
		e.report(c, "/zone", err.Error(), zoneHint)
	}
	seen := map[string]bool{}
	for i, h := range e.value.Holidays {
		at := fmt.Sprintf("/holidays/%d/date", i)
		if _, err := certification.ParseDate(h.Date); err != nil {
			e.report(c, at, err.Error(), `write a day such as "2026-12-25"`)
		} else if seen[h.Date] {
			e.report(c, at, fmt.Sprintf("%s is a holiday twice", h.Date), "remove one")
		}
		seen[h.Date] = true
	}
}
