package change

import (
	"slices"
	"strings"
)

// FieldChange is one material field that differs between two contents. From
// and To are given where the values are short and nobody's identity. Added and
// Removed say that the field was empty before, or is empty now.
type FieldChange struct {
	Name    string `json:"name"`
	From    string `json:"from,omitempty"`
	To      string `json:"to,omitempty"`
	Added   bool   `json:"added,omitempty"`
	Removed bool   `json:"removed,omitempty"`
	// Class is set where the change was judged as an edit (C12).
	Class Class `json:"class,omitempty"`
}

// wholeContent names what differs when the hashes do and no field does.
const wholeContent = "content"

// Compare says what differs between two snapshots: nothing exactly when their
// content hashes are the same. It is the check of C13, and the one to decide
// by; Diff only explains. Should the hashes differ and no field, the change is
// reported as one of the "content".
func Compare(was, is Snapshot) []FieldChange {
	if was.Hash == is.Hash && was.Hash != "" {
		return nil
	}
	if changes := Diff(was.Fields, is.Fields); len(changes) > 0 {
		return changes
	}
	return []FieldChange{{Name: wholeContent}}
}

// Diff lists what differs between the fields of two snapshots, in the order of
// MaterialFields; empty when both have the same hash.
func Diff(was, is []FieldDigest) []FieldChange { return differ(was, is, MaterialFields()) }

// names lists the fields of two contents, each once, sorted.
func names(was, is []FieldDigest) []string {
	var all []string
	for _, f := range slices.Concat(was, is) {
		all = append(all, f.Name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// differ lists what differs in the named fields, in their order.
func differ(was, is []FieldDigest, fields []string) []FieldChange {
	find := func(fields []FieldDigest, name string) (FieldDigest, bool) {
		i := slices.IndexFunc(fields, func(f FieldDigest) bool { return f.Name == name })
		if i < 0 {
			return FieldDigest{}, false
		}
		return fields[i], true
	}
	var changes []FieldChange
	for _, name := range fields {
		old, had := find(was, name)
		now, has := find(is, name)
		if had != has || old.Digest != now.Digest {
			changes = append(changes, FieldChange{
				Name: name, From: old.Short, To: now.Short, Added: has && !had, Removed: had && !has,
			})
		}
	}
	return changes
}

// Describe says the changes in words, such as "risk: low → medium; plan
// changed"; empty when there are none.
func Describe(changes []FieldChange) string {
	parts := make([]string, 0, len(changes))
	for _, c := range changes {
		name := strings.ReplaceAll(c.Name, "_", " ")
		switch {
		case c.Added && c.To != "":
			parts = append(parts, name+" added: "+c.To)
		case c.Added:
			parts = append(parts, name+" added")
		case c.Removed && c.From != "":
			parts = append(parts, name+" removed, was: "+c.From)
		case c.Removed:
			parts = append(parts, name+" removed")
		case c.From != "" && c.To != "":
			parts = append(parts, name+": "+c.From+" → "+c.To)
		default:
			parts = append(parts, name+" changed")
		}
	}
	return strings.Join(parts, "; ")
}
