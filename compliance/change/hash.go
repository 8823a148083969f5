package change

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gowebpki/jcs"

	"github.com/lowcodex/countersign/compliance"
)

// fieldDigest is how many hex digits of a field's hash a snapshot carries. At 48
// bits the requester could prepare two plans with one fingerprint in seconds,
// have the harmless one approved and put the other in its place; at 128 nobody can.
const fieldDigest = 32

// maxShortRunes is the longest value a FieldDigest repeats.
const maxShortRunes = 60

// MaterialFields lists the fields an approval is bound to, in the order of the
// form (C12): scope, risk, plans, people, window, version. Changing any of them
// voids the votes of every level. Title and purpose describe the change and
// are not executed: an edit of them leaves the hash alone.
func MaterialFields() []string {
	return []string{
		"system", "environment", "risk", "plan", "test_plan", "test_results",
		"rollback", "rollback_owner", "rollback_tested_on", "implementer",
		"planned_start", "duration", "vendor_version", "external", "data_class", "template", "supersedes", "safe_points", fieldAttachments,
	}
}

// material gives the value of a material field as text, normalised; empty when unset.
func (c Content) material(field string) string {
	switch field {
	case "system":
		return normalise(c.System)
	case "environment":
		return normalise(c.Environment)
	case "risk":
		return normalise(c.Risk)
	case "plan":
		return normalise(c.Plan)
	case "test_plan":
		return normalise(c.TestPlan)
	case "test_results":
		return normalise(c.TestResults)
	case "rollback":
		return normalise(c.Rollback)
	case "rollback_owner":
		return normalise(c.RollbackOwner)
	case "rollback_tested_on":
		return normalise(c.RollbackTestedOn)
	case "implementer":
		return normalise(c.Implementer)
	case "planned_start":
		if c.PlannedStart.IsZero() {
			return ""
		}
		return c.PlannedStart.UTC().Format(time.RFC3339Nano)
	case "duration":
		return c.Duration.String()
	case "vendor_version":
		return normalise(c.VendorVersion)
	case "data_class":
		return normalise(c.DataClass)
	case "safe_points":
		return normalise(c.SafePoints)
	case "external":
		if c.External {
			return "yes"
		}
	case fieldTemplate:
		return normalise(c.Template)
	case fieldAttachments:
		return c.attachments()
	case "supersedes":
		return c.Supersedes
	}
	return ""
}

// Canonical is the RFC 8785 form of the material fields: what an approval is
// bound to (C11). Unset fields are left out, so that a material field added to
// the product later leaves every earlier hash as it is. It returns an error
// when a field holds text that is not UTF-8, which Parse never lets through.
func (c Content) Canonical() ([]byte, error) {
	values := make(map[string]string)
	for _, name := range MaterialFields() {
		v := c.material(name)
		if !utf8.ValidString(v) {
			// JSON would replace the bad bytes, and two contents could share one hash.
			return nil, fmt.Errorf("content: the field %q is not valid UTF-8; type its text again", name)
		}
		if v != "" {
			values[name] = v
		}
	}
	raw, err := json.Marshal(values)
	if err != nil {
		return nil, fmt.Errorf("content: encode: %w", err)
	}
	canonical, err := jcs.Transform(raw)
	if err != nil {
		return nil, fmt.Errorf("content: canonical form: %w", err)
	}
	return canonical, nil
}

// Snap takes the snapshot of a content that the run carries. Blob is left to
// the caller who stores the whole content. An incomplete content has a
// snapshot, too: an implementer who is not given as "provider:id" is left out,
// and is one of Parse's problems. It returns an error only when the content has
// no canonical form.
func Snap(c Content, requester compliance.Account) (Snapshot, error) {
	canonical, err := c.Canonical()
	if err != nil {
		return Snapshot{}, err
	}
	implementer, _ := ParseAccount(c.Implementer) // the zero account when malformed
	s := Snapshot{
		Hash: digest(canonical), Title: normalise(c.Title), System: normalise(c.System),
		Environment: normalise(c.Environment), Risk: normalise(c.Risk),
		Requester: requester, Implementer: implementer,
		PlannedStart: c.PlannedStart.UTC(), Duration: c.Duration, External: c.External, Template: normalise(c.Template), Supersedes: c.Supersedes,
		SafePoints: Points(c.SafePoints),
	}
	for _, name := range MaterialFields() {
		if v := c.material(name); v != "" {
			s.Fields = append(s.Fields, FieldDigest{name, digest([]byte(v))[:fieldDigest], short(name, v)})
		}
	}
	s.Others, s.Attached = c.others(), c.attached()
	return s, nil
}

// Short is the value of a material field where the snapshot repeats it; empty where
// it is unset, long or somebody's identity.
func (s Snapshot) Short(field string) string {
	for _, f := range s.Fields {
		if f.Name == field {
			return f.Short
		}
	}
	return ""
}

// others are the fingerprints of what approvals are not bound to.
func (c Content) others() []FieldDigest {
	values := map[string]string{"title": c.Title, "purpose": c.Purpose}
	maps.Copy(values, c.Extra)
	var out []FieldDigest
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if v := normalise(values[name]); v != "" {
			out = append(out, FieldDigest{Name: name, Digest: digest([]byte(v))[:fieldDigest]})
		}
	}
	return out
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// short gives a value back when it may travel with the run: brief, on one
// line, and nobody's identity.
func short(field, value string) string {
	switch {
	case field == "implementer", field == "rollback_owner", field == fieldAttachments, utf8.RuneCountInString(value) > maxShortRunes,
		strings.ContainsFunc(value, unicode.IsControl):
		return ""
	default:
		return value
	}
}
