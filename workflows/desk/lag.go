package desk

// Lag is what people cannot see yet of what is on record: the steps that the
// ticket lacks, and whether the card or its thread is behind or cannot be written.
type Lag struct {
	Steps int
	Card  bool
}

// None reports whether everything is shown.
func (l Lag) None() bool { return l == Lag{} }

// Lag says how far the mirrors are behind. A step that the tracker refused for good
// is not waited for: it is shown as trouble, and would never come.
func (d *Desk) Lag() Lag {
	return Lag{Steps: len(d.Steps), Card: d.behind || d.showing || len(d.Notes) > 0 || d.IsTroubled(AtCard)}
}
