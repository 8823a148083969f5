package policy

import (
	"encoding/json"
	"fmt"

	"github.com/lowcodex/countersign/compliance"
)

// apiVersion is the version of the file format and of the canonical form.
const apiVersion = "countersign/v1"

// The kinds of policy file. Escalation, patch, artefacts and exceptions may be
// absent: a policy without one has none of that process.
const (
	kindOrganisation = "organisation"
	kindSystems      = "systems"
	kindChains       = "chains"
	kindCalendars    = "calendars"
	kindRouting      = "routing"
	kindFields       = "fields"
	kindEscalation   = "escalation"
	kindPatch        = "patch"
	kindArtefacts    = "artefacts"
	kindExceptions   = "exceptions"
	kindPeople       = "people"
	kindGroups       = "groups"
)

// Kinds lists the kinds of file in the rules folder.
func Kinds() []string {
	return []string{
		kindOrganisation, kindSystems, kindChains, kindCalendars, kindRouting, kindFields,
		kindEscalation, kindPatch, kindArtefacts, kindExceptions,
	}
}

// DirectoryKinds lists the kinds of file in the directory folder.
func DirectoryKinds() []string { return []string{kindPeople, kindGroups} }

// rulesDocument is the rules as they are hashed and stored. Its JSON names are
// those of the files, frozen and only added to: an old snapshot must be
// restorable for as long as the log refers to it.
type rulesDocument struct {
	APIVersion   string            `json:"apiVersion"`
	Organisation organisationEntry `json:"organisation"`
	Systems      []System          `json:"systems"`
	Chains       []chainEntry      `json:"chains"`
	Calendars    []calendarEntry   `json:"calendars"`
	Routing      []RouteRule       `json:"routing"`
	Fields       []Field           `json:"fields"`
	// Reserved holds files of an earlier release that knew the last three kinds
	// by name only. It is read back with old snapshots and never written.
	Reserved   map[string][]json.RawMessage `json:"reserved,omitempty"`
	Artefacts  *artefactsEntry              `json:"artefacts,omitempty"`
	Escalation *escalationEntry             `json:"escalation,omitempty"`
	Patch      *patchEntry                  `json:"patch,omitempty"`
	Exceptions *exceptionsEntry             `json:"exceptions,omitempty"`
}

type organisationEntry struct {
	Name     string            `json:"name"`
	Tickets  Tickets           `json:"tickets"`
	Channels map[string]string `json:"channels"`
	Rules    *rulesChangeEntry `json:"rules,omitempty"`
}

// rulesChangeEntry is how an edit of the rules comes into force. Absent: by itself.
type rulesChangeEntry struct {
	Change      string `json:"change"`
	System      string `json:"system"`
	Environment string `json:"environment"`
	Risk        string `json:"risk"` // high when left out in the file
}

// in is the setting as the rules have it.
func (e *rulesChangeEntry) in() RulesChange {
	if e == nil {
		return RulesChange{}
	}
	return RulesChange{Required: true, System: e.System, Environment: e.Environment, Risk: e.Risk}
}

const defaultRulesRisk = "high"

type chainEntry struct {
	Name     string `json:"name"`
	Validity string `json:"validity"`
	Resubmit string `json:"resubmit"`
	// HoldLimit is defaultHoldLimit when left out in the file, and in rules that
	// were pinned before there were holds.
	HoldLimit string       `json:"hold_limit,omitempty"`
	OnLost    string       `json:"on_lost_eligibility"`
	Levels    []levelEntry `json:"levels"`
}

type levelEntry struct {
	Name       string              `json:"name"`
	Groups     []string            `json:"groups"`
	Quorum     quorumText          `json:"quorum"`
	MaxDenials int                 `json:"max_denials,omitempty"`
	Deadline   string              `json:"deadline"`
	External   compliance.PersonID `json:"external,omitempty"`
	StepUp     bool                `json:"step_up,omitempty"`
	Deputies   []string            `json:"deputies,omitempty"`
	// Reminders are written out where the file leaves them out; absent is never, as in
	// rules pinned before there were any.
	Reminders []string       `json:"reminders,omitempty"`
	Fallback  *fallbackEntry `json:"fallback,omitempty"`
}

// fallbackEntry is who may decide a level, too, from a share of its time on.
type fallbackEntry struct {
	Groups []string `json:"groups"`
	After  string   `json:"after"`
}

// quorumText is a quorum as text; files may give a plain number.
type quorumText string

// UnmarshalJSON takes a number or a text.
func (q *quorumText) UnmarshalJSON(data []byte) error {
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	switch v := v.(type) {
	case string:
		*q = quorumText(v)
	case float64:
		*q = quorumText(data)
	default:
		return fmt.Errorf("a quorum is a number or a text, not %T", v)
	}
	return nil
}

type calendarEntry struct {
	Name    string        `json:"name"`
	Zone    string        `json:"zone"`
	Windows []spellEntry  `json:"windows,omitempty"`
	Freezes []freezeEntry `json:"freezes,omitempty"`
}

// spellEntry is a window, or when a freeze is: weekly with days, repeating with a
// rule of recurrence, else dated.
type spellEntry struct {
	Name     string   `json:"name"`
	Zone     string   `json:"zone,omitempty"`
	Days     []string `json:"days,omitempty"`
	Repeat   string   `json:"repeat,omitempty"` // an RRULE of RFC 5545
	Start    string   `json:"start"`
	End      string   `json:"end,omitempty"`
	Duration string   `json:"duration,omitempty"`
}

// freezeEntry is a freeze. Its owner is told when a way back is taken inside it.
type freezeEntry struct {
	spellEntry
	Owner compliance.PersonID `json:"owner,omitempty"`
}

// fieldEntry is a field under its name.
type fieldEntry struct {
	ID       string      `json:"id"`
	Kind     FieldKind   `json:"kind"`
	Class    Materiality `json:"class"`
	Required bool        `json:"required"`
}

// directoryDocument is the directory as it is hashed.
type directoryDocument struct {
	APIVersion string        `json:"apiVersion"`
	People     []personEntry `json:"people"`
	Groups     []groupEntry  `json:"groups"`
}

type personEntry struct {
	ID         compliance.PersonID `json:"id"`
	Name       string              `json:"name"`
	Email      string              `json:"email,omitempty"`
	Zone       string              `json:"zone"`
	Manager    compliance.PersonID `json:"manager,omitempty"`
	Accounts   map[string]string   `json:"accounts"`
	ActiveFrom string              `json:"active_from,omitempty"`
	ActiveTo   string              `json:"active_to,omitempty"`
	Deputies   []deputyEntry       `json:"deputies,omitempty"`
}

type deputyEntry struct {
	ID     string              `json:"id,omitempty"`
	Person compliance.PersonID `json:"person"`
	From   string              `json:"from"`
	Until  string              `json:"until"`
}

type groupEntry struct {
	Name    string                `json:"name"`
	Title   string                `json:"title,omitempty"`
	Members []compliance.PersonID `json:"members"`
}
