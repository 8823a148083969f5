package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance/checkup"
	"github.com/lowcodex/countersign/connect"
	"github.com/lowcodex/countersign/evidence"
)

const (
	// settled is when a record is old enough for the engine's lists, and for the
	// steps after it, to have followed. A ticket that is blocked keeps a process
	// running after its end for longer, so that one is for people to look at.
	settled = 15 * time.Minute
	// askedOneByOne bounds the questions about single processes.
	askedOneByOne = 50
	listedAtOnce  = 1000
	namedAtMost   = 8
)

// apart are the processes that log and engine do not agree upon, as after a
// restore of databases from another moment than the log's.
type apart struct {
	lost []evidence.Standing // open on record, and the engine does not run them
	late []evidence.Standing // over on record for a while, and the engine runs them
}

// compare finds what does not agree. Subjects without a number are acts that led nowhere.
func compare(standings []evidence.Standing, running map[string]bool, now time.Time) (a apart) {
	for _, s := range standings {
		switch {
		case s.Number == "":
		case !s.Final && !running[s.Subject]:
			a.lost = append(a.lost, s)
		case s.Final && running[s.Subject] && now.Sub(s.At) > settled:
			a.late = append(a.late, s)
		}
	}
	return a
}

// lookAtLog is all that can be looked at where the log is.
func (a *App) lookAtLog(log *evidence.Log) looking {
	record, processes := lookAtEvidence(log), a.lookAtProcesses(log)
	return func(ctx context.Context) []checkup.Check { return append(record(ctx), processes(ctx)...) }
}

// lookAtProcesses compares what is open on record with what the engine runs.
func (a *App) lookAtProcesses(log *evidence.Log) looking {
	const part, item = checkup.Part("evidence"), "processes"
	const mend = "see docs/operate/backup.md, \"Databases older than the log\""
	return func(ctx context.Context) []checkup.Check {
		running, err := a.runningNow(ctx)
		if err != nil {
			return []checkup.Check{part.Wrong(item, checkup.Unreachable, "the engine did not say what runs", "see what is said about the engine, and ask again")}
		}
		standings, err := log.Standings(ctx, "")
		if err != nil {
			return []checkup.Check{part.Wrong(item, checkup.Broken, "the index cannot be read", "look at the evidence process's log")}
		}
		found := compare(standings, running, time.Now())
		if found.lost, err = notRunning(ctx, runs{a.workers}, found.lost); err != nil {
			return []checkup.Check{part.Wrong(item, checkup.Unreachable, "the engine did not say what runs", "see what is said about the engine, and ask again")}
		}
		var checks []checkup.Check
		if len(found.lost) > 0 {
			checks = append(checks, part.Wrong(item, checkup.Missing, "open on record, and not running: "+numbersOf(found.lost), mend))
		}
		if len(found.late) > 0 {
			checks = append(checks, part.Wrong("processes that go on", checkup.Unseen, "over on record, and running: "+numbersOf(found.late),
				"a card or a ticket may be blocked, which their pages show; else "+mend))
		}
		if len(checks) == 0 {
			checks = append(checks, part.OK(item, "what is open on record runs"))
		}
		return checks
	}
}

// runningNow lists the engine's open runs, which may be some seconds old.
func (a *App) runningNow(ctx context.Context) (map[string]bool, error) {
	namespace, err := connect.Namespace(connect.Options{Env: a.cfg.lookup()})
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	return found, listRunning(ctx, a.workers, namespace, found)
}

func listRunning(ctx context.Context, engine client.Client, namespace string, found map[string]bool) error {
	for page := []byte(nil); ; {
		answer, err := engine.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			Namespace: namespace, PageSize: listedAtOnce, NextPageToken: page, Query: "ExecutionStatus = 'Running'",
		})
		if err != nil {
			return err
		}
		for _, run := range answer.GetExecutions() {
			found[run.GetExecution().GetWorkflowId()] = true
		}
		if page = answer.GetNextPageToken(); len(page) == 0 {
			return nil
		}
	}
}

// notRunning asks about each of them whether it really does not run: the list lags.
func notRunning(ctx context.Context, engine runs, of []evidence.Standing) ([]evidence.Standing, error) {
	var sure []evidence.Standing
	for _, s := range of[:min(len(of), askedOneByOne)] {
		running, err := engine.Running(ctx, s.Subject)
		if err != nil {
			return nil, err
		}
		if !running {
			sure = append(sure, s)
		}
	}
	if len(of) > askedOneByOne { // then it is no lag of a list
		sure = append(sure, of[askedOneByOne:]...)
	}
	return sure, nil
}

// numbersOf names the newest of them and how many more there are.
func numbersOf(of []evidence.Standing) string {
	of = slices.SortedFunc(slices.Values(of), func(x, y evidence.Standing) int { return y.At.Compare(x.At) })
	var names []string
	for _, s := range of[:min(len(of), namedAtMost)] {
		names = append(names, s.Number)
	}
	if n := len(of) - namedAtMost; n > 0 {
		names = append(names, fmt.Sprintf("and %d more", n))
	}
	return strings.Join(names, ", ")
}
