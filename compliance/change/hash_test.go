package change_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

var alice = compliance.Account{Provider: "jira", ID: "alice"}

func snap(t require.TestingT, changes map[string]string) change.Snapshot {
	c, problems := change.Parse(with(changes))
	require.Empty(t, problems)
	s, err := change.Snap(c, alice)
	require.NoError(t, err)
	return s
}

// The canonical form is an interface: a different one would turn every
// approval on record into one for other content.
func TestC11_CanonicalFormIsFrozen(t *testing.T) {
	c, _ := change.Parse(with(nil))
	canonical, err := c.Canonical()
	require.NoError(t, err)
	require.Equal(t, `{"duration":"1h30m0s","environment":"production","implementer":"jira:carol",`+
		`"plan":"1. Open the rule\n2. Set the limit to 20000\n3. Publish","planned_start":"2026-03-31T20:00:00Z",`+
		`"risk":"medium","rollback":"1. Set the limit to 10000\n2. Publish","rollback_owner":"jira:557058:bob",`+
		`"rollback_tested_on":"2026-03-01","safe_points":"The rule is saved","system":"billing","test_plan":"Send an invoice of 15000 in staging.",`+
		`"test_results":"https://tests.example/run/17","vendor_version":"10.24.1"}`, string(canonical))
	sum := sha256.Sum256(canonical)
	require.Equal(t, hex.EncodeToString(sum[:]), snap(t, nil).Hash)
}

func TestSnapCarriesReferencesAndNobodysIdentity(t *testing.T) {
	s := snap(t, map[string]string{"external": "yes", "data_class": "internal", "template": "restart", "supersedes": "CHG-7"})
	var names []string
	for _, f := range s.Fields {
		names = append(names, f.Name)
		require.Len(t, f.Digest, 32)
		switch f.Name {
		case "implementer", "rollback_owner", "plan", "rollback":
			require.Empty(t, f.Short, f.Name)
		default:
			require.NotEmpty(t, f.Short, f.Name)
			require.LessOrEqual(t, len([]rune(f.Short)), 60)
		}
	}
	require.Equal(t, form(), names, "nothing is attached")
	require.Empty(t, s.Blob, "the caller's")
	for _, f := range s.Others {
		require.Empty(t, f.Short, "%s is prose", f.Name)
	}
	require.Len(t, s.Others, 2)
	s.Fields, s.Hash, s.Others = nil, "", nil
	require.Equal(t, change.Snapshot{
		Title: "Raise the invoice limit", System: "billing", Environment: "production", Risk: "medium", Requester: alice,
		Implementer:  compliance.Account{Provider: "jira", ID: "carol"},
		PlannedStart: time.Date(2026, 3, 31, 20, 0, 0, 0, time.UTC), Duration: 90 * time.Minute, External: true, Template: "restart", Supersedes: "CHG-7", SafePoints: []string{"The rule is saved"},
	}, s)

	incomplete, err := change.Snap(change.Content{Implementer: "nobody"}, alice)
	require.NoError(t, err, "a refused submission is on record with its hash, too")
	require.True(t, incomplete.Implementer.IsZero())
	require.Len(t, incomplete.Hash, 64)
	_, err = change.Snap(change.Content{Implementer: "jira:x", Plan: "\xff"}, alice)
	require.ErrorContains(t, err, "plan")
}

// form are the material fields that somebody fills in; the attachments are the others.
func form() []string {
	return slices.DeleteFunc(change.MaterialFields(), func(name string) bool { return name == "attachments" })
}

// dress rewrites a text as a tracker might hand it back without an edit.
func dress(t *rapid.T, s string) string {
	eol := rapid.SampledFrom([]string{"\n", "\r\n", "\r"}).Draw(t, "eol")
	blank := rapid.SampledFrom([]string{"", " ", "\t ", "\u00a0"})
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] += blank.Draw(t, "blank")
	}
	return rapid.SampledFrom([]string{"", eol, " " + eol}).Draw(t, "head") + strings.Join(lines, eol) +
		rapid.SampledFrom([]string{"", eol, eol + eol}).Draw(t, "tail")
}

func TestC11_HashIsStableWhenNobodyEdited(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-zé€"\\<>{}/. -]{0,12}[a-z]`)
		plan := strings.Join(rapid.SliceOfN(word, 1, 6).Draw(t, "lines"), "\n")
		was := snap(t, map[string]string{"plan": plan})

		dressed := map[string]string{"plan": dress(t, plan)}
		for _, name := range []string{"system", "risk", "rollback", "test_plan", "implementer", "vendor_version"} {
			dressed[name] = dress(t, fullFields()[name])
		}
		dressed["title"], dressed["purpose"] = "another title", "another purpose" // not material
		is := snap(t, dressed)
		require.Equal(t, was.Hash, is.Hash)
		require.Empty(t, change.Diff(was.Fields, is.Fields))

		// A blob that went through JSON has the same hash.
		c, _ := change.Parse(with(dressed))
		raw, err := json.Marshal(c)
		require.NoError(t, err)
		var back change.Content
		require.NoError(t, json.Unmarshal(raw, &back))
		again, err := change.Snap(back, alice)
		require.NoError(t, err)
		require.Equal(t, is.Hash, again.Hash)
	})
}

func TestC12_EveryMaterialFieldChangesTheHash(t *testing.T) {
	other := map[string]string{
		"system": "crm", "environment": "staging", "risk": "low", // reducing the rating is material
		"plan": "something else", "test_plan": "nothing", "test_results": "https://tests.example/run/18",
		"rollback": "pray", "rollback_owner": "jira:dave", "rollback_tested_on": "2026-03-02", "implementer": "jira:dave",
		"planned_start": "2026-03-31T22:01:00+02:00", "duration": "91", "vendor_version": "10.24.2", "external": "yes", "data_class": "personal", "template": "restart", "supersedes": "CHG-8",
		"safe_points": "none",
	}
	require.Len(t, other, len(form()))
	was := snap(t, nil)
	hashes := map[string]string{was.Hash: "unchanged"}
	for _, name := range form() {
		is := snap(t, map[string]string{name: other[name]})
		require.NotContains(t, hashes, is.Hash, "%s against %s", name, hashes[is.Hash])
		hashes[is.Hash] = name
		changes := change.Diff(was.Fields, is.Fields)
		require.Len(t, changes, 1)
		require.Equal(t, name, changes[0].Name)
	}
	rapid.Check(t, func(t *rapid.T) {
		changed := map[string]string{}
		for _, name := range rapid.SliceOfDistinct(rapid.SampledFrom(form()), rapid.ID).Draw(t, "fields") {
			changed[name] = other[name]
		}
		is := snap(t, changed)
		var want []string
		for _, name := range form() {
			if changed[name] != "" {
				want = append(want, name)
			}
		}
		var got []string
		for _, c := range change.Diff(was.Fields, is.Fields) {
			got = append(got, c.Name)
		}
		require.Equal(t, want, got)
		require.Equal(t, len(want) == 0, was.Hash == is.Hash)
		require.Equal(t, change.Diff(was.Fields, is.Fields), change.Compare(was, is))
	})
}

func TestC11_ValuesCannotMoveBetweenFields(t *testing.T) {
	a := snap(t, map[string]string{"plan": "x", "test_plan": "y"})
	b := snap(t, map[string]string{"plan": "y", "test_plan": "x"})
	c := snap(t, map[string]string{"plan": `x","test_plan":"y`, "test_plan": "y"})
	require.NotEqual(t, a.Hash, b.Hash)
	require.NotEqual(t, a.Hash, c.Hash)
	require.NotEqual(t, snap(t, map[string]string{"plan": "a\n  b"}).Hash, snap(t, map[string]string{"plan": "a\nb"}).Hash, "indentation means something")
}

func TestC11_DescribeSaysWhatChanged(t *testing.T) {
	was := snap(t, map[string]string{"risk": "low", "vendor_version": "", "test_results": "short"})
	is := snap(t, map[string]string{
		"risk": "medium", "plan": "other", "implementer": "jira:dave", "external": "yes", "planned_start": "", "test_results": "",
	})
	require.Equal(t, "risk: low → medium; plan changed; test results removed, was: short; implementer changed; "+
		"planned start removed, was: 2026-03-31T20:00:00Z; vendor version added: 10.24.1; external added: yes",
		change.Describe(change.Diff(was.Fields, is.Fields)))
	require.Empty(t, change.Describe(nil))
	require.Equal(t, "plan added; rollback removed", change.Describe([]change.FieldChange{{Name: "plan", Added: true}, {Name: "rollback", Removed: true}}))
}

func TestC13_CompareGoesByTheWholeHash(t *testing.T) {
	was := snap(t, nil)
	is := was
	require.Empty(t, change.Compare(was, is))
	is.Hash = snap(t, map[string]string{"plan": "other"}).Hash // the same fingerprints, and yet another content
	require.Empty(t, change.Diff(was.Fields, is.Fields))
	require.Equal(t, "content changed", change.Describe(change.Compare(was, is)))
	require.NotEmpty(t, change.Compare(change.Snapshot{}, change.Snapshot{}), "no hash proves nothing")
}
