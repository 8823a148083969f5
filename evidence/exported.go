package evidence

import (
	"encoding/json"
	"strings"
	"time"
)

// EventExported says that somebody took a bundle home (C37). It is recorded before
// the bundle is handed over: of one that was not, nobody has the content.
const EventExported = "evidence.exported"

// ExportedFacts are the facts of EventExported; JSON names are frozen.
type ExportedFacts struct {
	// Manifest is the digest of the bundle's manifest, which ties the bundle, its
	// report and its selection to this record.
	Manifest string `json:"manifest"`
	// From and To bound a period; To is the first instant after it.
	From     time.Time `json:"from,omitzero"`
	To       time.Time `json:"to,omitzero"`
	Process  string    `json:"process,omitempty"`
	Subjects []string  `json:"subjects,omitempty"`
	// Personal says whether blobs were handed over that may hold personal data.
	Personal bool   `json:"personal"`
	Records  uint64 `json:"records"` // in the bundle
	Size     uint64 `json:"size"`    // of the log, under the bundle's checkpoint
}

// NewExported is the event of an export by actor. Its key is the manifest's digest:
// the same bundle is on record once.
func NewExported(f ExportedFacts, actor Actor, at time.Time) (Event, error) {
	facts, err := json.Marshal(f)
	if err != nil {
		return Event{}, err
	}
	key := "export/" + strings.TrimPrefix(f.Manifest, "sha256:")
	return Event{Key: key, Type: EventExported, Schema: 1, Subject: key, At: at, Actor: &actor, Facts: facts,
		Controls: []string{"SOC2:CC8.1", "NIST80053:AU-10", "NIST80053:AU-11"}}, nil
}
