package timeline

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/patch"
)

func patchSamples() []sample {
	at := noon()
	act := func(action string) patch.ActFacts { return patch.ActFacts{Action: action, Received: at, Ring: 2} }
	refused := act(patch.ActionResume)
	refused.Reason = patch.TestsNoData
	resumed := act(patch.ActionResume)
	resumed.Retest = true
	bar := &patch.Bar{Digest: digest, Number: "PAT-2", Reason: patch.TestsFailed, At: at}
	lifted := act(patch.ActionLift)
	lifted.Bar = bar
	waived := act(patch.ActionWaive)
	waived.Days, waived.Shown = 3, "I accept that data may be lost."
	later := act(patch.ActionLater)
	later.Shown = "I accept the later deadline."
	payload := patch.Payload{Title: "Runtime", Version: "10.6.2", Digest: digest}
	clock := patch.Clock{
		Vulnerability: "CVE-2026-0001", Asset: "plant-1", Start: patch.Start{At: at, Kind: patch.Listed, Source: "the catalogue"}, Due: at.AddDate(0, 0, 3),
		Ruling: patch.Ruling{Outcome: patch.Outcome{Days: 3, Forensic: true}, Table: digest, Row: 4, Assumed: []string{"automatable"}}, Feed: patch.FeedStale,
	}
	milder := clock
	milder.Due, milder.Granted = time.Time{}, &patch.Grant{AskedBy: chidi, Approver: bruno}
	ring := func(to patch.RingState) patch.RingFacts {
		return patch.RingFacts{
			Ring: 1, Name: "pilot", From: patch.Waiting, To: to, Standing: patch.RingStanding{State: to, Digest: digest, Outcome: patch.Fail},
			Results: []patch.CheckResult{{Suite: "save", Outcome: patch.Fail, Detail: "nothing was saved"}}, SoakEnds: at, Move: patch.RollBack, Reason: patch.TestsFailed,
		}
	}
	verified := patch.Verified{Version: "10.6.1", Digest: digest, At: at}
	way := patch.WayBack{
		Trigger: patch.TestsFailed, Steps: []patch.Restore{{Target: "plant-1", Ring: 1, To: verified}},
		Stuck: []patch.StuckTarget{{Target: "plant-2", Ring: 1, Reason: patch.NoVerifiedState}}, Overruled: []string{"year end"},
	}
	order := compliance.RollbackOrder{Key: "k", Subject: "incident/3f2a9c1b7d04", Number: "INC-7", Approver: bruno, Asker: chidi, At: at}
	alert := patch.Alert{Word: patch.AlertCritical, Reason: patch.RollbackFailed, Targets: []string{"plant-1"}, Detail: "the disk is full"}
	return []sample{
		{patch.EventReceived, "", patch.ReceivedFacts{System: "plant", Title: "Roll out Runtime 10.6.2 to plant", Authors: []compliance.PersonID{chidi}, Advisory: "ICSA-24-193-08", Revision: "1", CVEs: []string{"CVE-2026-0001"}, Payload: payload}},
		{patch.EventClock, "first", patch.ClockFacts{Clock: clock, Unused: []patch.Unused{{
			Evidence: patch.Evidence{Kind: patch.Published, Source: "an advisory"}, Reason: patch.FutureEvidence,
		}}}},
		{patch.EventClock, "nearer", patch.ClockFacts{Clock: clock, Before: &milder, Reason: patch.DueNearer}},
		{patch.EventLater, "asked for", patch.ClockFacts{Clock: clock, Proposed: &milder, Reason: patch.LaterNeedsWord}},
		{patch.EventLater, "in force", patch.ClockFacts{Clock: milder}},
		{patch.EventLater, "accepted", later},
		{patch.EventWarned, "", patch.WarnedFacts{
			Vulnerability: "CVE-2026-0001", Asset: "plant-1", Told: []compliance.PersonID{bruno},
			Warning: patch.Warning{Point: patch.Tenth, Due: at, Missed: 1, Late: true},
		}},
		{patch.EventQuarantined, "", patch.FeedFacts{
			Feed: "exploited", Release: "2026.11.22", Quarantined: []patch.Quarantined{{CVE: "CVE-2026-0002", Reason: patch.DueBeforeAdded, Detail: "due 2026-01-01"}},
		}},
		{patch.EventFeed, "stale", patch.FeedFacts{Feed: "exploited", LastRead: at, Reason: patch.FeedStale}},
		{patch.EventFeed, "fresh", patch.FeedFacts{Feed: "exploited", LastRead: at}},
		{patch.EventPlanned, "", patch.PlannedFacts{
			Plan: patch.Plan{Payload: payload, Rings: []patch.Ring{
				{Name: "canary", Targets: []string{"plant-1"}, Soak: 24 * time.Hour}, {Name: "all", Targets: []string{"plant-2", "plant-3"}, Soak: 90 * time.Minute, Critical: true},
			}},
			Hash: digest, Triggers: patch.Triggers(), Change: "CHG-9",
		}},
		{patch.EventRingStarted, "", ring(patch.Preparing)},
		{patch.EventSnapshot, "", patch.TargetFacts{
			Target: "plant-1", Before: &verified, Backup: &patch.Backup{Target: "plant-1", Taken: at, Digest: digest, Probe: &patch.RestoreProbe{Of: digest, Read: "sha256:00", At: at}},
			Gate: &patch.BackupRuling{Reason: patch.RestoreFailed}, Waiver: &patch.Waiver{AskedBy: chidi, Approver: bruno, Expires: at},
		}},
		{patch.EventDeployed, "", patch.TargetFacts{Target: "plant-1", Digest: digest}},
		{patch.EventChecked, "", ring(patch.Testing)},
		{patch.EventSoaked, "", ring(patch.Soaking)},
		{patch.EventHeld, "by a person", act(patch.ActionStop)},
		{patch.EventHeld, "by itself", patch.MovedFacts{From: patch.Rolling, To: patch.Held, Reason: patch.DigestDrift}},
		{patch.EventResumed, "", resumed},
		{patch.EventReverting, "ordered", act(patch.ActionRollBack)},
		{patch.EventReverting, "by an incident", patch.OrderFacts{Order: order}},
		{patch.EventReverting, "by another incident", patch.OrderFacts{Order: order, Reason: patch.AlreadyDone}},
		{patch.EventReverting, "decided", patch.WayBackFacts{WayBack: way}},
		{patch.EventRestored, "", patch.WayBackFacts{WayBack: way, Results: []patch.RestoreResult{{Target: "plant-1", Verified: true}}}},
		{patch.EventStranded, "", patch.WayBackFacts{WayBack: way, Results: []patch.RestoreResult{{Target: "plant-1", Detail: "no answer"}}, Paged: way.Stuck}},
		{patch.EventAlarmed, "", patch.TargetFacts{Target: "plant-1", Reason: patch.HealthAlarm, Detail: "alertmanager: slow"}},
		{patch.EventAlerted, "raised", patch.AlertedFacts{Alert: alert, ID: "alert/countersign/00ff", Firing: true}},
		{patch.EventAlerted, "over", patch.AlertedFacts{Alert: alert, ID: "alert/countersign/00ff"}},
		{patch.EventReopened, "", patch.TargetFacts{Target: "plant-1", Digest: digest, Reason: patch.PayloadUndone}},
		{patch.EventMended, "", patch.TargetFacts{Target: "plant-1", Digest: digest}},
		{patch.EventBarred, "", patch.WayBackFacts{WayBack: patch.WayBack{Trigger: patch.TestsFailed}, Bar: bar}},
		{patch.EventBarLifted, "", lifted},
		{patch.EventWaived, "", waived},
		{patch.EventRefused, "", refused},
		{patch.EventRefused, "an order", patch.OrderFacts{Order: order, Reason: patch.AlreadyBack}},
		{patch.EventClosed, "", patch.MovedFacts{From: patch.Reverting, To: patch.RolledBack}},
		{patch.EventLate, "", lateFacts()},
		{patch.EventUnreadable, "", patch.MovedFacts{Detail: "a message could not be decoded"}},
	}
}
