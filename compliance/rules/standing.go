package rules

import (
	"fmt"
	"time"
)

// Standing is what is in force by the record. JSON names are frozen: it travels in
// histories, and stands where every process reads it.
type Standing struct {
	Version
	// Required says that the rules change only by a change.
	Required bool `json:"required,omitempty"`
	// Number is the change that brought the rules into force; empty where none did.
	Number string `json:"number,omitempty"`
	// Moves counts what has come into force, so that each has a key of its own.
	Moves int `json:"moves,omitempty"`
}

// Empty reports whether nothing is on record yet.
func (s Standing) Empty() bool { return s.Moves == 0 }

// After is what is in force after an event.
func (s Standing) After(kind string, f Facts) Standing {
	switch kind {
	case EventFirst, EventEdited, EventAdopted, EventOverridden:
		return Standing{Version: f.After, Required: f.Required, Number: f.Number, Moves: s.Moves + 1}
	case EventDirectory:
		s.Version, s.Moves = f.After, s.Moves+1
	}
	return s
}

// Sighting is what a process saw in the policy's files. JSON names are frozen.
type Sighting struct {
	// Rules are the files', empty while they are broken; Required is what they say.
	// Their content is stored under the digest before the sighting is sent.
	Rules    string `json:"rules,omitempty"`
	Required bool   `json:"required,omitempty"`
	// Directory is the one in force there.
	Directory string `json:"directory"`
	// DirectoryPlaces are where it differs from the one that this process saw before.
	DirectoryPlaces []string `json:"directory_places,omitempty"`
	// Broken is the digest of files that have problems, at Places.
	Broken string    `json:"broken,omitempty"`
	Places []string  `json:"places,omitempty"`
	At     time.Time `json:"at"`
}

// Move is an event that follows from a sighting, under the key that it has however
// many processes see the same.
type Move struct {
	Key   string
	Type  string
	Facts Facts
}

// Judge says what a sighting comes to: nothing where it is on record as in force.
// Edits that were not taken up are given each time, under the same key.
func (s Standing) Judge(seen Sighting) []Move {
	var out []Move
	refused := func(kind, key string, f Facts) {
		out = append(out, Move{Key: Subject + "/" + key, Type: kind, Facts: f})
	}
	moved := func(kind string, after Version, required bool) {
		f := Facts{Before: s.Version, After: after, Required: required, By: ByFiles}
		out = append(out, Move{Key: s.MoveKey(), Type: kind, Facts: f})
		s = s.After(kind, f)
	}
	switch {
	case s.Empty() && seen.Rules != "":
		moved(EventFirst, Version{seen.Rules, seen.Directory}, seen.Required)
	case s.Empty():
		return nil // a process that runs has good rules, and says so first
	case seen.Rules != "" && seen.Rules != s.Rules && s.Required:
		refused(EventHeld, "held/"+s.Rules+"/"+seen.Rules, Facts{Before: s.Version, Seen: seen.Rules, By: ByFiles, Reason: ChangeRequired})
	case seen.Rules != "" && seen.Rules != s.Rules:
		moved(EventEdited, Version{seen.Rules, s.Directory}, seen.Required)
	}
	if seen.Directory != "" && seen.Directory != s.Directory {
		moved(EventDirectory, Version{s.Rules, seen.Directory}, s.Required)
	}
	if seen.Broken != "" {
		refused(EventBroken, "broken/"+seen.Broken, Facts{Before: s.Version, Content: seen.Broken, Places: seen.Places, By: ByFiles, Reason: Broken})
	}
	return out
}

// JudgeProposal says whether rules may be asked for, and later whether they may come
// into force: what was compared with base must still be what is in force
// (compare-and-swap), or the approvers read a difference that is none any more.
func (s Standing) JudgeProposal(base, asked string) Reason {
	switch {
	case s.Empty():
		return NothingInForce
	case !s.Required:
		return NoChangeNeeded
	case base != s.Rules:
		return Moved
	case asked == s.Rules:
		return InForce
	}
	return OK
}

// Adopted is what comes into force.
func (s Standing) Adopted(asked string, required bool) Facts {
	return Facts{Before: s.Version, After: Version{asked, s.Directory}, Required: required}
}

// MoveKey is the key of the next event that moves what is in force.
func (s Standing) MoveKey() string { return fmt.Sprintf("%s/move/%d", Subject, s.Moves+1) }
