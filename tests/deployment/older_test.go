package deployment

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/checkup"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/tests/harness"
)

// Databases older than the log, which docs/operate/backup.md advises against and a
// lost disk may leave no choice about: no record is lost or rewritten, nothing that
// is over on record happens again, and what people have to do again they can.
func TestShape_DatabasesOlderThanTheLog(t *testing.T) {
	s := newShape(t)
	s.run("schema")
	s.start("temporal")
	s.createNamespace()
	s.start("evidence", "worker", "gateway")
	s.ready()
	half := s.Submit("jonas", harness.Ticket(map[string]string{"title": "Half decided"}))
	over := s.Submit("jonas", harness.Ticket(map[string]string{"title": "Withdrawn since"}))
	halfCard, overCard := s.Card("Half decided", harness.Offers("approve")), s.Card("Withdrawn since", harness.Offers("approve"))
	stale := s.Press("bruno", overCard, "approve") // a form that somebody has left open

	kept := t.TempDir()
	s.stop("gateway", "worker", "evidence")
	s.dump(kept)
	s.start("evidence", "worker", "gateway")
	s.ready()
	s.Do("bruno", halfCard, "approve", nil)
	s.Do("chidi", halfCard, "approve", nil)
	halfCard = s.Card("Half decided", harness.Says("level 2 of 2"))
	s.Do("jonas", overCard, "withdraw", map[string]string{"reason": "Not before the audit"})
	s.Status(over.Key, "withdrawn")
	s.Over(over)
	since := s.Submit("jonas", harness.Ticket(map[string]string{"title": "Opened since"}))
	sinceCard := s.Card("Opened since", harness.Offers("approve"))
	recorded := map[string][]string{half.Key: s.Records(half), over.Key: s.Records(over), since.Key: s.Records(since)}

	s.stop("gateway", "worker", "evidence")
	s.kill("temporal")
	s.moveTo(startPostgres(t))
	s.restore(kept)
	s.run("schema")
	s.start("temporal", "evidence", "worker", "gateway")
	s.well("evidence", "worker", "gateway")
	require.Equal(t, recorded, map[string][]string{half.Key: s.Records(half), over.Key: s.Records(over), since.Key: s.Records(since)}, "the log is as it was")

	// Whoever looks is told which processes are gone.
	found := s.doctor()["evidence/processes"]
	require.Equal(t, checkup.Missing, found.Reason, "%+v", found)
	require.Contains(t, found.Detail, "not running: CHG-3")

	// The card shows a level that the process does not know. Its first answer is
	// refused, on record, and corrects the card; then everybody is asked again.
	refused := s.Try("farah", halfCard, "approve", nil)
	require.NotEmpty(t, refused.Errors)
	halfCard = s.Card("Half decided", harness.Says("level 1 of 2"))
	s.Do("bruno", halfCard, "approve", nil)
	s.Do("chidi", halfCard, "approve", nil)
	halfCard = s.Card("Half decided", harness.Says("level 2 of 2"))
	s.Do("farah", halfCard, "approve", nil)
	s.Status(half.Key, "approved")
	require.Equal(t, append(recorded[half.Key], "refused", "decided", "decided", "decided", "approved"), s.Records(half))

	// What is over on record stays so, whatever the process believes that goes on.
	late, err := s.Site.Slack.Submit(s.Slack("bruno"), stale, harness.Filled(stale, nil))
	require.NoError(t, err)
	require.Contains(t, late.Text+fmt.Sprint(late.Errors), "This change is over")
	require.Equal(t, append(recorded[over.Key], "refused"), s.Records(over))

	// What the databases do not know is told to whoever acts on it, and goes on
	// under its number once its ticket is submitted again.
	_, err = s.Site.Slack.Press(s.Slack("bruno"), sinceCard.Channel, sinceCard.TS, "approve")
	require.ErrorContains(t, err, "is no longer running and did not end by itself")
	require.NoError(t, s.Site.Jira.Transition(s.Jira("jonas"), since.Key, "Submitted"))
	s.eventually("worker", func() bool { return len(s.Records(since)) == len(recorded[since.Key])+3 }) // the attempt, and another beginning
	before := sinceCard.Buttons()                                                                      // the card is the former run's until the new one has taken it over
	sinceCard = s.Card("Opened since", func(m slacktest.Message) bool {
		return harness.Offers("approve")(m) && !reflect.DeepEqual(m.Buttons(), before)
	})
	require.Contains(t, sinceCard.Shown(), "CHG-3")
	s.Do("bruno", sinceCard, "deny", map[string]string{"reason": "Not before the audit"})
	s.Status(since.Key, "rejected")

	require.Equal(t, checkup.OK, s.doctor()["evidence/processes"].Result)
	report, err := evidence.Verify(t.Context(), evidence.VerifyInput{
		Dir: s.Evidence, PublicKey: s.Reader().PublicKey(), Anchors: []string{s.folder("/anchors")},
	})
	require.NoError(t, err)
	require.Empty(t, report.Findings)
}

// dump keeps the databases as docs/operate/backup.md says, and restore puts them
// into an empty server.
func (s *shape) dump(to string) {
	s.t.Helper()
	for _, name := range databases {
		s.postgresTool("pg_dump", "--format=custom", "--file="+filepath.Join(to, name), name)
	}
}

func (s *shape) restore(from string) {
	s.t.Helper()
	for _, name := range databases {
		s.postgresTool("createdb", name)
		s.postgresTool("pg_restore", "--dbname="+name, filepath.Join(from, name))
	}
}

// doctor is what `starter doctor` finds, by part and item.
func (s *shape) doctor() map[string]checkup.Check {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), harness.Build(s.t, "./starter"), "doctor", "--output", "json", "--timeout", "90s")
	cmd.Env = s.environment(s.project.Services["worker"])
	out, _ := cmd.Output() // it ends with a code of its own where something is to mend
	var report checkup.Report
	require.NoError(s.t, json.Unmarshal(out, &report), "%s", out)
	found := map[string]checkup.Check{}
	for _, c := range report.Checks {
		found[c.Part+"/"+c.Item] = c
	}
	return found
}
