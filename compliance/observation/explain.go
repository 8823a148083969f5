package observation

// Actor is who explains, as the directory has them now.
type Actor struct {
	Reason   Reason // UnknownPerson or Inactive: nobody who may act at all
	Approver bool   // of the chain by which the target is rolled out to
}

// Named is what the record knows under the number that was named.
type Named struct {
	Kind    string   // "change", "incident", another process, or empty: nothing is on record
	Systems []string // that it is about
	// Executed is set for a change that was begun.
	Executed bool
}

// Explain judges whether a finding is explained. It does not ask when the change
// was carried out: whoever explains answers for that, and the dates of both are on record.
func Explain(state State, number, system string, a Act, who Actor, n Named) (Reason, string) {
	about := false
	for _, s := range n.Systems {
		about = about || s == system
	}
	switch {
	case who.Reason != OK:
		return who.Reason, ""
	case !who.Approver:
		return NotApprover, ""
	case state.Terminal():
		return OverAlready, ""
	case a.Number != number:
		return StaleFinding, ""
	case n.Kind == "":
		return NotOnRecord, FieldBy
	case n.Kind != "change" && n.Kind != "incident":
		return OtherKind, FieldBy
	case !about:
		return OtherSystem, FieldBy
	case n.Kind == "change" && !n.Executed:
		return NotExecuted, FieldBy
	}
	return OK, ""
}
