package tests

import (
	"encoding/base64"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/sandbox/standin"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/change"
)

// Secrets reach none of histories, logs, Slack, Jira and evidence; personal
// data reaches only the surfaces that are for people, and blobs that can be
// erased. With an encryption key the histories hold nothing readable at all.
// Requirement 85. Requirement 83. (E13)
func TestE13_Canaries(t *testing.T) {
	t.Parallel()
	key := base64.StdEncoding.EncodeToString([]byte("canary-key-of-32-bytes-exactly!!"))
	for name, keys := range map[string]string{"plain": "", "encrypted": "k1:" + key} {
		t.Run(name, func(t *testing.T) {
			w := harness.NewWorld(t, harness.WorldOptions{Keys: keys})
			w.Run(app.RoleAll)
			const reason = "Canary reason: ask Mrs Kowalczyk in payroll"
			issue := w.Submit("jonas", harness.Ticket(map[string]string{"title": "Canary", "plan": "Canary plan for pension 4711"}))
			card := w.Card("Canary", harness.Offers("approve"))
			w.Do("bruno", card, "approve", map[string]string{"comment": "Canary comment about illness"})
			w.Do("chidi", card, "deny", map[string]string{"reason": reason})
			w.Status(issue.Key, "rejected")
			card = w.Card("Canary", harness.Offers("withdraw"))
			w.Do("jonas", card, "withdraw", map[string]string{"reason": "Canary end"})
			w.Over(issue)

			secrets := []string{
				standin.SlackToken, standin.SlackSigningSecret, standin.JiraToken, standin.JiraWebhookSecret, standin.OIDCClientSecret, key,
				base64.StdEncoding.EncodeToString([]byte(standin.JiraEmail + ":" + standin.JiraToken)),
			}
			personal := []string{reason, "Canary plan for pension", "Canary comment about illness"}
			for _, p := range w.Directory.People() {
				personal = append(personal, p.Name, p.Email)
			}
			history, err := proto.Marshal(w.History(change.WorkflowID("example", issue.ID)))
			require.NoError(t, err)
			places := map[string]string{
				"history": string(history), "log lines": w.Log.String(),
				"evidence records": contents(t, w.Evidence, func(path string) bool { return !strings.Contains(path, "/blobs/") }),
			}
			people := map[string]string{"cards": cards(w), "ticket": comments(w, issue.Key), "blobs": contents(t, filepath.Join(w.Evidence, "blobs"), nil)}
			for _, s := range secrets {
				for place, text := range places {
					require.NotContains(t, text, s, "a secret in the %s", place)
				}
				for place, text := range people {
					require.NotContains(t, text, s, "a secret in the %s", place)
				}
			}
			for _, p := range personal {
				require.NotContains(t, places["log lines"], p, "personal data in log lines")
				require.NotContains(t, places["evidence records"], p, "personal data in the evidence records")
				if keys != "" {
					require.NotContains(t, places["history"], p, "personal data in the history")
				}
			}
			if keys != "" {
				require.NotContains(t, places["history"], "Canary", "readable content in an encrypted history")
			}
			for _, p := range w.Directory.People() {
				require.NotContains(t, places["history"], p.Email, "an e-mail address in a history")
				require.NotContains(t, places["history"], p.Name, "a name in a history")
			}
			// The scan itself must be able to find something.
			require.Contains(t, people["blobs"], reason)
			require.Contains(t, people["cards"], "Canary reason")
			require.Contains(t, places["evidence records"], "change.rejected")
			require.Contains(t, places["log lines"], "running")
		})
	}
}

// contents is everything in the files below a directory.
func contents(t *testing.T, dir string, want func(path string) bool) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || want != nil && !want(path) {
			return err
		}
		data, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			return nil // a temporary file of the running log
		}
		b.Write(data)
		return err
	}))
	return b.String()
}

func cards(w *harness.World) string {
	var b strings.Builder
	for _, m := range w.Site.Slack.Snapshot().Messages {
		b.WriteString(m.Text)
		b.Write(m.Blocks)
		b.Write(m.Metadata)
	}
	return b.String()
}

func comments(w *harness.World, key string) string {
	issue, _ := w.Site.Jira.Issue(key)
	var b strings.Builder
	for _, c := range issue.Comments {
		b.WriteString(c.Body)
	}
	return b.String()
}
