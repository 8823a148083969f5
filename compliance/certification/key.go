package certification

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// Subjects of the process are named by what exists before a number does.
const subjectPrefix = "certification/"

// SubjectID is the workflow id of the tracker of an artefact.
func SubjectID(vendor, artefact string) string { return subjectPrefix + vendor + "/" + artefact }

// ParseSubjectID reads what SubjectID wrote.
func ParseSubjectID(id string) (vendor, artefact string, ok bool) {
	rest, ok := strings.CutPrefix(id, subjectPrefix)
	if !ok {
		return "", "", false
	}
	vendor, artefact, ok = strings.Cut(rest, "/")
	return vendor, artefact, ok && vendor != "" && artefact != "" && !strings.Contains(artefact, "/")
}

// The event keys of a tracker's steps (G2). What time brings happens once per
// version, so its key needs no sequence; acts are told apart by their delivery.

// RungKey is the key of a reminder, such as "CER-7/v2/rung/30" (A2). A version
// has two ladders: one to the day it is needed by, while it is awaited, such as
// "CER-7/v2/needed/30", and one to its last covered day.
func RungKey(number string, version int, awaited bool, offset int) string {
	ladder := "rung"
	if awaited {
		ladder = "needed"
	}
	return fmt.Sprintf("%s/v%d/%s/%d", number, version, ladder, offset)
}

// Key is the event key of the reminder.
func (r Reminder) Key(number string) string { return RungKey(number, r.Version, r.Awaited, r.Offset) }

// Key is the event key of the escalation.
func (e Escalation) Key(number string) string {
	return RungKey(number, e.Version, e.Awaited, e.Offset) + "/told"
}

// MoveKey is the key of a move that time has brought. A version can expire
// twice, once more after a grace, so the instant is part of it: that of the
// calendar, not that at which somebody noticed.
func MoveKey(number string, m Move) string {
	return fmt.Sprintf("%s/v%d/%s/%d", number, m.Version, m.To, m.At.Unix())
}

// ActKey is the key of an act with this delivery id: one delivery leaves one
// record. 128 bits, so that nobody can prepare two deliveries that share a key.
func ActKey(number, delivery string) string {
	sum := sha256.Sum256([]byte(delivery))
	return number + "/act/" + hex.EncodeToString(sum[:16])
}

// GapKey is the key of the gap before a version: there is at most one.
func GapKey(number string, version int) string { return fmt.Sprintf("%s/v%d/gap", number, version) }
