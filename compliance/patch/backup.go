package patch

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Backup is the newest backup of a target.
type Backup struct {
	Target string    `json:"target"`
	Taken  time.Time `json:"taken"`
	Digest string    `json:"digest"` // of what was saved
	// Probe is the latest attempt to restore it; nil when nobody tried.
	Probe *RestoreProbe `json:"probe,omitempty"`
}

// RestoreProbe is an attempt to restore a backup somewhere else and to read
// back what came out. A backup that was only listed or checksummed in its store
// was not restored.
type RestoreProbe struct {
	Of   string    `json:"of"`   // digest of the backup that was restored
	Read string    `json:"read"` // digest of what was read back afterwards
	At   time.Time `json:"at"`
}

// Waiver is an approved exception from the backup gate of one rollout (P23).
type Waiver struct {
	AskedBy  compliance.PersonID `json:"asked_by"`
	Approver compliance.PersonID `json:"approver"`
	Reason   string              `json:"reason"`
	Expires  time.Time           `json:"expires"`
}

// Valid reports whether the waiver stands at the instant now: approved by
// somebody else than the person who asked, with a reason, not expired.
func (w *Waiver) Valid(now time.Time) bool {
	return w != nil && w.AskedBy != "" && w.Approver != "" && w.AskedBy != w.Approver && says(w.Reason) && now.Before(w.Expires)
}

// BackupRuling is what the gate says about one target of a critical ring.
type BackupRuling struct {
	Blocks bool   `json:"blocks"`
	Reason Reason `json:"reason,omitempty"` // what is wrong with the backup, also when waived
	Waived bool   `json:"waived,omitempty"`
}

// JudgeBackup is the backup gate (P23). A backup is good when it is at most
// maxAge old and a probe restored this very backup and read back what was saved.
// found is false when the target has no backup. Anything else blocks with its
// reason, unless a valid waiver stands in; a waiver never hides the reason.
func JudgeBackup(b Backup, found bool, maxAge time.Duration, w *Waiver, now time.Time) BackupRuling {
	why := judgeBackup(b, found, maxAge, now)
	if why == OK {
		return BackupRuling{}
	}
	waived := w.Valid(now)
	return BackupRuling{Blocks: !waived, Reason: why, Waived: waived}
}

func judgeBackup(b Backup, found bool, maxAge time.Duration, now time.Time) Reason {
	switch {
	case !found || b.Taken.IsZero() || b.Digest == "":
		return NoBackup
	case b.Taken.After(now):
		return BackupDated
	case now.Sub(b.Taken) > maxAge:
		return BackupStale
	case b.Probe == nil || b.Probe.Of != b.Digest || b.Probe.At.Before(b.Taken) || b.Probe.At.After(now):
		return RestoreUnproved
	case b.Probe.Read != b.Digest:
		return RestoreFailed
	}
	return OK
}
