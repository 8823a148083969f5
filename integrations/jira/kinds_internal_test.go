package jira

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
)

// Only what the policy calls done is done, wherever status and resolution contradict each other.
func TestResolution(t *testing.T) {
	renewal := KindConfig{
		Statuses: map[string]string{"requested": "Requested", "received": "Received", "under_review": "In Review", "done": "Closed", "cancelled": "Cancelled"},
		Done:     []string{"Done", "Fixed"}, WontDo: []string{"Won't Do"},
	}
	for name, c := range map[string]struct {
		status, category, resolution string
		want, shown                  string
	}{
		"at work":                              {"Received", "indeterminate", "", "", "received"},
		"at work, resolution left over":        {"Received", "indeterminate", "Done", "", "received"},
		"at work, refusal left over":           {"Received", "indeterminate", "Won't Do", "", "received"},
		"done":                                 {"Closed", "done", "Done", "done", "done"},
		"done, second word, another case":      {"CLOSED", "done", "fixed", "done", "done"},
		"done, no resolution":                  {"Closed", "done", "", "done", "done"},
		"done, Jira calls the status open":     {"Closed", "indeterminate", "Done", "done", "done"},
		"done, but won't do":                   {"Closed", "done", "won't do", "wont_do", "done"},
		"done, but a duplicate":                {"Closed", "done", "Duplicate", "other", "done"},
		"cancelled":                            {"Cancelled", "done", "", "wont_do", "cancelled"},
		"cancelled, with a resolution of done": {"Cancelled", "done", "Done", "wont_do", "cancelled"},
		"a done status of the team's":          {"Released", "done", "Done", "done", "Released"},
		"the same, won't do":                   {"Released", "done", "Won't Do", "wont_do", "Released"},
		"the same, no resolution":              {"Released", "done", "", "other", "Released"},
		"an open status of the team's":         {"Waiting", "new", "", "", "Waiting"},
		"a status called like a logical one":   {"done", "done", "", "other", `"done"`},
		"the same, open":                       {"under_review", "indeterminate", "", "", `"under_review"`},
		"no status at all":                     {"", "", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			issue := issueAnswer{Fields: map[string]json.RawMessage{}}
			var err error
			issue.Fields["status"], err = json.Marshal(map[string]any{"name": c.status, "statusCategory": map[string]string{"key": c.category}})
			require.NoError(t, err)
			if c.resolution != "" {
				issue.Fields["resolution"], err = json.Marshal(map[string]string{"name": c.resolution})
				require.NoError(t, err)
			}
			require.Equal(t, c.want, renewal.resolution(compliance.TicketRenewal, issue))
			require.Equal(t, c.shown, shownStatus(compliance.TicketRenewal, renewal.Statuses, c.status))
		})
	}
}

func TestResolutionOnTheScreen(t *testing.T) {
	c := &Client{cfg: Config{TransitionFields: map[string]map[string]string{"done": {"customfield_1": "x"}}}}
	kind := KindConfig{Done: []string{"Fixed", "Done"}, WontDo: []string{"Won't Do"}}
	screen := func(allowed ...string) transition {
		f := screenField{Required: true}
		for _, name := range allowed {
			f.AllowedValues = append(f.AllowedValues, struct{ Name string }{name})
		}
		return transition{Fields: map[string]screenField{"resolution": f}}
	}
	at := func(k compliance.TicketKind, status string, way transition) string {
		return c.configured(compliance.TicketStep{Kind: k, Status: status}, kind, way)["resolution"]
	}
	require.Equal(t, "Fixed", at(compliance.TicketRenewal, "done", screen()))
	require.Equal(t, "Done", at(compliance.TicketRenewal, "done", screen("Won't Do", "Done")), "the first that the screen offers")
	require.Equal(t, "Fixed", at(compliance.TicketRenewal, "done", screen("Duplicate")), "Jira's refusal names what is missing")
	require.Equal(t, "Won't Do", at(compliance.TicketRenewal, "cancelled", screen("Done", "Won't Do")))
	require.Empty(t, at(compliance.TicketRenewal, "received", screen("Done")))
	require.Empty(t, at(compliance.TicketRenewal, "done", transition{}), "no screen asks")
	require.Equal(t, "Fixed", at(compliance.TicketIncident, "closed", screen()))
	require.Equal(t, map[string]string{"customfield_1": "x"}, c.configured(compliance.TicketStep{Status: "done"}, kind, screen()), "a change has its own")
}
