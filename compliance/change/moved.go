package change

import "time"

// Moved says what of the policy came into force, to the changes under way: they
// look again at what they waited for by it (C25, C29). It is a hint and no truth:
// a change reads calendars and directory itself. JSON names are frozen.
type Moved struct {
	Rules     string `json:"rules"`     // digest of the rules in force
	Directory string `json:"directory"` // digest of the directory in force
	// Zones is the digest of the data of the zones that the calendars name, of the
	// program that tells: another release of it may compute other instants.
	Zones string `json:"zones"`
}

// Retimes reports whether calendars may give other instants after this move than
// by what was known before it, nothing at first. A directory alone moves none.
func (m Moved) Retimes(known *Moved) bool {
	return known == nil || known.Rules != m.Rules || known.Zones != m.Zones
}

// Told is what every change under way was told last, and when that telling began;
// zero where none has ended yet. JSON names are frozen.
type Told struct {
	Moved Moved     `json:"moved"`
	At    time.Time `json:"at"`
}

// tellFrom is when the day of the daily word begins, by UTC.
const tellFrom = 4 * time.Hour

// Tells reports whether the changes have to be told what is in force, at the
// instant now: where it is not what they were told last, and once a day, from
// tellFrom on. That a process starts again wakes nobody.
func (m Moved) Tells(last Told, now time.Time) bool {
	day := func(t time.Time) time.Time { return t.Add(-tellFrom).Truncate(24 * time.Hour) }
	return m != last.Moved || day(now).After(day(last.At))
}
