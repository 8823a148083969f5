package change

// Place is where a change takes effect: a system in one of its environments. JSON
// names are frozen.
type Place struct {
	System      string `json:"system,omitempty"`
	Environment string `json:"environment,omitempty"`
}

// Place is where the change would take effect by this content.
func (s Snapshot) Place() Place { return Place{s.System, s.Environment} }

// Same reports whether both are known to be one place. What is not known is no place.
func (p Place) Same(q Place) bool { return p == q && p.System != "" && p.Environment != "" }

// IsZero reports whether nothing is known of the place.
func (p Place) IsZero() bool { return p == Place{} }

// String names the place in a sentence.
func (p Place) String() string {
	switch {
	case p.IsZero():
		return "an unknown system"
	case p.Environment == "":
		return p.System + " in an unknown environment"
	case p.System == "":
		return "an unknown system in " + p.Environment
	}
	return p.System + " in " + p.Environment
}
