package stage

import (
	"os/exec"
	"time"

	"github.com/lowcodex/countersign/sandbox/trouble"
)

// newWorker is the worker of this stage, not yet running.
func (s *Stage) newWorker() *worker {
	return &worker{told: s.changed, failed: func(err error) { s.failed <- err }, command: func() *exec.Cmd {
		cmd := s.cfg.Worker()
		cmd.Env = s.environment().whole()
		return cmd
	}}
}

// allTroubles are what can go wrong here. With an account of a real vendor there are
// none: what follows from a trouble would be seen there.
func (s *Stage) allTroubles() *trouble.Troubles {
	if realAnything(s.cfg.Env) {
		return trouble.Of()
	}
	site := s.Site
	slack := &trouble.Outage{Vendor: "Slack", Down: site.Slack.Faults().Add, Up: site.Slack.Faults().Clear, Told: s.changed}
	jira := &trouble.Outage{Vendor: "Jira", Down: site.Jira.Fail, Up: site.Jira.Heal, Told: s.changed}
	freeze := trouble.Freeze{Policy: s.cfg.policy(), Now: time.Now, Told: s.changed}
	return trouble.Of(
		trouble.Trouble{
			Name: "slack", Title: "Slack goes down", Begin: "Take Slack down", End: "Bring Slack up again",
			Watch: "Submit a ticket: the change gets its number and its evidence; its card comes once Slack is up again, and comes once.",
			Cause: slack.Begin, Undo: slack.End, Lasts: slack.Lasts,
		},
		trouble.Trouble{
			Name: "jira", Title: "Jira goes down", Begin: "Take Jira down", End: "Bring Jira up again",
			Watch: "Approve on a card: the vote counts and is on record; comment and status of the ticket follow once Jira is up again.",
			Cause: jira.Begin, Undo: jira.End, Lasts: jira.Lasts,
		},
		trouble.Trouble{
			Name: "worker", Title: "The worker dies", Begin: "Kill the worker", End: "Start the worker again",
			Watch: "Approve on a card: your vote is received and kept; it is counted, once, when a worker runs again.",
			Cause: s.worker.Kill, Undo: s.worker.Start, Lasts: s.worker.Lasts,
		},
		trouble.Trouble{
			Name: "freeze", Title: "Everything is frozen", Begin: "Freeze now", End: "End the freeze",
			Watch: "Start an approved change: it is refused, on record, and the card says when it may start; five minutes later the freeze ends by itself.",
			Cause: freeze.Begin, Undo: freeze.End, Lasts: freeze.Lasts,
		},
	)
}
