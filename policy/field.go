package policy

import "github.com/lowcodex/countersign/compliance/change"

// Field maps one of our field names to the tracker's field.
type Field struct {
	Name string    `json:"name"` // e.g. "rollback_owner"
	ID   string    `json:"id"`   // the tracker's field id, e.g. "customfield_10107" or "summary"
	Kind FieldKind `json:"kind"`
	// Class says what an edit of the field does to approvals (C12).
	Class    Materiality `json:"class"`
	Required bool        `json:"required,omitempty"` // a change without it is refused at submission
}

// FieldKind is how the tracker represents a field's value.
type FieldKind string

// The kinds of field. A user is an account of the tracker, a datetime an
// instant, a date a day without zone.
const (
	TextField     FieldKind = "text"
	ChoiceField   FieldKind = "choice"
	UserField     FieldKind = "user"
	DateTimeField FieldKind = "datetime"
	DateField     FieldKind = "date"
	NumberField   FieldKind = "number"
	CheckboxField FieldKind = "checkbox"
)

// Materiality is what an edit of a field does to approvals already given (C12).
type Materiality = change.Class

const (
	Material = change.Material // voids votes at every level
	Notable  = change.Notable  // keeps votes; people are told
	Cosmetic = change.Cosmetic // is put on record only
)
