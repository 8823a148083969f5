package change_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance/change"
)

// limit is a template by which the full ticket of these tests may be submitted.
func limit() change.Template {
	full := fullFields()
	return change.Template{
		Name: "invoice-limit", Class: "standard", Systems: []string{"billing"}, Environments: []string{"production"}, Chain: "low-risk",
		ValidUntil: "2026-03-31", ApprovedBy: "p-alice",
		Fixed: map[string]string{"risk": "medium", "plan": full["plan"], "test_plan": full["test_plan"], "rollback": full["rollback"], "duration": "90", "safe_points": full["safe_points"]},
		Fills: []string{"implementer", "rollback_owner", "rollback_tested_on", "planned_start", "test_results", "vendor_version"},
	}
}

func TestRequirement13_AStandardChangeSaysWhatItsTemplateSays(t *testing.T) {
	noon := time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		edit   map[string]string
		now    time.Time
		reason change.Reason
		says   string
	}{
		"as it is":                   {nil, noon, change.OK, ""},
		"its own fields filled":      {map[string]string{"implementer": "jira:dave", "planned_start": ""}, noon, change.OK, ""},
		"the same duration":          {map[string]string{"duration": "1h30m"}, noon, change.OK, ""},
		"line endings of a tracker":  {map[string]string{"plan": strings.ReplaceAll(fullFields()["plan"], "\n", "\r\n") + " \n"}, noon, change.OK, ""},
		"another plan":               {map[string]string{"plan": fullFields()["plan"] + "\n4. Delete the backups"}, noon, change.DiffersFromTemplate, `differs from the template "invoice-limit": plan.`},
		"no rollback":                {map[string]string{"rollback": ""}, noon, change.DiffersFromTemplate, "rollback."},
		"a milder risk":              {map[string]string{"risk": "low"}, noon, change.DiffersFromTemplate, "risk."},
		"a longer duration":          {map[string]string{"duration": "91"}, noon, change.DiffersFromTemplate, "duration."},
		"a field that stays empty":   {map[string]string{"external": "yes"}, noon, change.DiffersFromTemplate, "leaves external empty"},
		"another system":             {map[string]string{"system": "crm"}, noon, change.TemplateElsewhere, "is for billing in production"},
		"another environment":        {map[string]string{"environment": "staging"}, noon, change.TemplateElsewhere, "is for billing in production"},
		"the last moment":            {nil, noon.Add(12*time.Hour - 1), change.OK, ""},
		"after the last day":         {nil, noon.Add(12 * time.Hour), change.TemplateEnded, "until 2026-03-31"},
		"other prose than the plans": {map[string]string{"title": "Another", "purpose": "Another"}, noon, change.OK, ""},
	} {
		t.Run(name, func(t *testing.T) {
			content, _ := change.Parse(with(c.edit))
			s, err := change.Snap(content, alice)
			require.NoError(t, err)
			reason, missing := limit().Judge(s, c.now)
			require.Equal(t, c.reason, reason, "%v", missing)
			require.Contains(t, strings.Join(missing, "\n"), c.says)
			require.Equal(t, c.reason == change.OK, len(missing) == 0)
		})
	}
}

// Whatever is written into a field that the template fixes, or leaves empty, no other
// plan goes through under its name.
func TestRequirement13_NoEditOfAFixedFieldPasses(t *testing.T) {
	template := limit()
	was := snap(t, nil)
	rapid.Check(t, func(t *rapid.T) {
		edit := map[string]string{}
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"plan", "test_plan", "rollback", "risk", "duration", "external"}), 1, 6, rapid.ID).Draw(t, "fields") {
			edit[name] = rapid.OneOf(rapid.StringMatching(`[a-z0-9 .\n]{1,20}`), rapid.SampledFrom([]string{"", "low", "high", "yes", "2h"})).Draw(t, name)
		}
		content, _ := change.Parse(with(edit))
		s, err := change.Snap(content, alice)
		require.NoError(t, err)
		reason, _ := template.Judge(s, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
		require.Equal(t, s.Hash == was.Hash, reason == change.OK, "%v", edit)
	})
}

func TestRequirement13_ATemplateIsNamedByItsContent(t *testing.T) {
	use, err := limit().Use()
	require.NoError(t, err)
	require.Equal(t, "invoice-limit", use.Name)
	require.Len(t, use.Digest, 64)
	again, err := limit().Use()
	require.NoError(t, err)
	require.Equal(t, use, again)
	edited := limit()
	edited.Fixed = maps.Clone(edited.Fixed)
	edited.Fixed["plan"] += "!"
	other, err := edited.Use()
	require.NoError(t, err)
	require.NotEqual(t, use.Digest, other.Digest)
	require.Empty(t, limit().FixedProblems())
	edited.Fixed["risk"], edited.Fixed["duration"] = "none", "soon"
	require.Len(t, edited.FixedProblems(), 2)
}
