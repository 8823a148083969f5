package change

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
