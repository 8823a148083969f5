package patch

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gowebpki/jcs"

	"github.com/lowcodex/countersign/compliance"
)

// Payload is what a rollout brings to its targets. The digest is what the rings
// are compared by; the version is for people.
type Payload struct {
	Title   string `json:"title"`
	Version string `json:"version"`
	Digest  string `json:"digest"` // "sha256:" and 64 hex digits
}

// Ring is one stage of a rollout.
type Ring struct {
	Name string `json:"name"`
	// Targets are deployed to in this order, and restored in the reverse one.
	Targets []string `json:"targets"`
	// Suites are the tests that must pass before the soak begins.
	Suites []string `json:"suites"`
	// WriteProbe is the check that opens, edits, saves and publishes during the
	// soak: executing alone does not show that saving is broken (P3).
	WriteProbe string `json:"write_probe"`
	// Soak is elapsed time, not office hours; 0 to 30 days (P2).
	Soak time.Duration `json:"soak"`
	// Duration is the estimated time from start to the end of the tests; it
	// must fit the window. The soak may go on behind it.
	Duration time.Duration `json:"duration"`
	// Attempts is how often tests that could not be run are run in all, 1 to 10 (P4).
	Attempts int `json:"attempts"`
	// Critical rings do not start without a proven backup (P23).
	Critical bool `json:"critical,omitempty"`
}

// Plan is the order of the rings and what they roll out. It is fixed when the
// rollout starts, part of the approved content by its hash (P27).
type Plan struct {
	Payload Payload `json:"payload"`
	Rings   []Ring  `json:"rings"`
	// BackupMaxAge is how old the newest backup may be, for critical rings.
	BackupMaxAge time.Duration `json:"backup_max_age"`
}

// Problem is something about a plan that keeps its rollout from starting.
type Problem struct {
	Field string `json:"field"` // e.g. "rings[1].soak"
	Text  string `json:"text"`
}

var digestPattern = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

const (
	maxRings   = 20
	maxTargets = 1000 // of a ring; more are split into batches (P28)
	maxSoak    = 30 * day
	maxTries   = 10
)

// Check says everything that is wrong with a plan; nothing means that it may be
// submitted for approval.
func (p Plan) Check() []Problem {
	var out []Problem
	bad := func(field, format string, args ...any) {
		out = append(out, Problem{field, fmt.Sprintf(format, args...)})
	}
	if !digestPattern.MatchString(p.Payload.Digest) {
		bad("payload.digest", "The payload's digest %q is not sha256: and 64 hex digits. Store the payload first.", compliance.Cut(p.Payload.Digest, 80))
	}
	if strings.TrimSpace(p.Payload.Version) == "" {
		bad("payload.version", "The payload has no version. Say which version is rolled out.")
	}
	if len(p.Rings) == 0 || len(p.Rings) > maxRings {
		bad("rings", "There are %d rings. Write 1 to %d.", len(p.Rings), maxRings)
	}
	names, targets := map[string]bool{}, map[string]string{}
	critical := false
	for i, r := range p.Rings {
		at := fmt.Sprintf("rings[%d].", i)
		if strings.TrimSpace(r.Name) == "" || names[r.Name] {
			bad(at+"name", "The ring's name %q is empty or used twice. Give every ring its own.", compliance.Cut(r.Name, 40))
		}
		names[r.Name] = true
		critical = critical || r.Critical
		for _, t := range r.Targets {
			if first, twice := targets[t]; twice || strings.TrimSpace(t) == "" {
				bad(at+"targets", "The target %q is empty or already in ring %q. A target is in one ring, once.", compliance.Cut(t, 60), first)
			}
			targets[t] = r.Name
		}
		out = append(out, r.check(at)...)
	}
	if critical && (p.BackupMaxAge <= 0 || p.BackupMaxAge > maxSoak) {
		bad("backup_max_age", "A critical ring needs a limit for the age of its backup. Write more than 0 and at most 30 days.")
	}
	return out
}

func (r Ring) check(at string) []Problem {
	var out []Problem
	bad := func(field, format string, args ...any) {
		out = append(out, Problem{at + field, fmt.Sprintf(format, args...)})
	}
	if len(r.Targets) == 0 || len(r.Targets) > maxTargets {
		bad("targets", "The ring has %d targets. Write 1 to %d.", len(r.Targets), maxTargets)
	}
	if len(r.Suites) == 0 || slices.Contains(r.Suites, "") || len(slices.Compact(slices.Sorted(slices.Values(r.Suites)))) != len(r.Suites) {
		bad("suites", "The ring needs at least one test suite, each with a name and once. Nothing is promoted untested.")
	}
	if strings.TrimSpace(r.WriteProbe) == "" {
		bad("write_probe", "The ring has no probe that writes. Name the check that edits and saves.")
	}
	if r.Soak < 0 || r.Soak > maxSoak {
		bad("soak", "The soak %s is not possible. Write 0 to 30 days.", r.Soak)
	}
	if r.Duration <= 0 || r.Duration > 14*day {
		bad("duration", "The estimate %s is not possible. Write more than 0 and at most 14 days.", r.Duration)
	}
	if r.Attempts < 1 || r.Attempts > maxTries {
		bad("attempts", "Tests that cannot be run may be tried %d times. Write 1 to %d.", r.Attempts, maxTries)
	}
	return out
}

// Hash is the SHA-256 (hex) of the plan's RFC 8785 form: what the approval of a
// rollout is bound to (P27). The error can only be about text that is not UTF-8.
func (p Plan) Hash() (string, error) {
	raw, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("ring plan: encode: %w", err)
	}
	canonical, err := jcs.Transform(raw)
	if err != nil {
		return "", fmt.Errorf("ring plan: canonical form: %w", err)
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:]), nil
}

// Text is the plan as approvers read it in the change, with its hash in the
// last line, so that an edit of either is an edit of the approved content.
func (p Plan) Text() (string, error) {
	hash, err := p.Hash()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Roll out %s %s (%s)\n", p.Payload.Title, p.Payload.Version, p.Payload.Digest)
	for i, r := range p.Rings {
		fmt.Fprintf(&b, "%d. %s: %s; tests %s; then %s of soak with %s", i+1, r.Name, strings.Join(r.Targets, ", "),
			strings.Join(r.Suites, ", "), r.Soak, r.WriteProbe)
		if r.Critical {
			fmt.Fprintf(&b, "; only with a proven backup at most %s old", p.BackupMaxAge)
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "A failed test or an alarm takes every touched target back to its last verified state, the last one first.\nRing plan %s", hash)
	return b.String(), nil
}

// Shortest is the least time the rollout takes when nothing goes wrong and
// every window is open.
func (p Plan) Shortest() time.Duration {
	var d time.Duration
	for _, r := range p.Rings {
		d += r.Duration + r.Soak
	}
	return d
}

// InTime says whether a rollout that starts now can be over before the
// deadline: OK or PlanMisses. A zero deadline is never missed.
func (p Plan) InTime(now, due time.Time) Reason {
	if !due.IsZero() && now.Add(p.Shortest()).After(due) {
		return PlanMisses
	}
	return OK
}
