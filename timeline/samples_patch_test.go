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
		{patch.EventReceived, "with answers", patch.ReceivedFacts{System: "plant", CVEs: []string{"CVE-2026-0001"}, Payload: payload, Statements: []patch.Statement{{Vulnerability: "CVE-2026-0001", Exploited: patch.No, Impact: patch.Partial}}}},
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
		{patch.EventFeed, "down", patch.FeedFacts{Feed: "exploited", LastRead: at, Reason: patch.FeedUnreachable, Detail: "no answer in time", Turn: 1, Stretch: 1}},
		{patch.EventFeed, "release", patch.FeedFacts{Feed: "exploited", Release: "2026.11.22", Released: at, LastRead: at, Digest: digest}},
		{patch.EventFeed, "installed", patch.FeedFacts{Feed: "exploited", Installed: &patch.Installed{
			System: "portal", Class: "lowcode", Place: "portal", Products: []patch.WantedProduct{{Vendor: "Siemens", Product: "Mendix"}}, Since: at,
		}}},
		{patch.EventQuarantined, "document", patch.FeedFacts{Feed: "siemens", Detail: "SSA-1", Defects: []string{"it names no vulnerability"}, Reason: patch.MalformedEntry}},
		{patch.EventAdvised, "open", patch.AdvisedFacts{
			Feed: "siemens", Kind: patch.OpenRollout, Document: "SSA-1", Revision: "2", Name: "SSA-1", System: "portal", Class: "lowcode", Place: "portal",
			Rollout:         "patch/advisory/SSA-1/portal",
			Vulnerabilities: []patch.Vulnerability{{ID: "CVE-2026-0001", Exploited: patch.No, Fixed: []string{"10.6.2"}, Feed: patch.FeedStale}},
		}},
		{patch.EventAdvised, "inform", patch.AdvisedFacts{
			Feed: "exploited", Kind: patch.InformRollout, Document: "CVE-2026-0001", System: "portal", Class: "lowcode",
			Vulnerabilities: []patch.Vulnerability{{ID: "CVE-2026-0001", Exploited: patch.Yes}},
		}},
		{patch.EventAdvised, "after", patch.AdvisedFacts{Feed: "siemens", Kind: patch.AfterRollout, Document: "SSA-1", System: "portal", Class: "lowcode", Reason: patch.AlreadyOver}},
		{patch.EventAdvised, "left alone", patch.AdvisedFacts{Feed: "siemens", Kind: patch.LeaveAlone, Document: "SSA-0", System: "portal", Class: "lowcode", Reason: patch.TooOld}},
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
		{patch.EventHeld, "for another rollout", patch.RingFacts{Name: "canary", From: patch.Waiting, Move: patch.Hold, Reason: patch.TargetsTaken, Others: []patch.Other{
			{Number: "PAT-1", Subject: "patch/1", State: patch.Rolling, Targets: []string{"plant-1"}},
		}}},
		{patch.EventResumed, "", resumed},
		{patch.EventResumed, "by itself", patch.MovedFacts{From: patch.Held, To: patch.Rolling, Detail: "no longer under way: PAT-1 (rolling) on plant-1"}},
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
		{patch.EventBarLifted, "elsewhere", patch.WayBackFacts{Bar: &patch.Bar{Digest: digest, Number: "PAT-1", Reason: patch.TestsFailed, At: at, Lifted: &patch.Lift{By: chidi, At: at}}}},
		{patch.EventWaived, "", waived},
		{patch.EventRefused, "", refused},
		{patch.EventRefused, "an order", patch.OrderFacts{Order: order, Reason: patch.AlreadyBack}},
		{patch.EventClosed, "", patch.MovedFacts{From: patch.Reverting, To: patch.RolledBack}},
		{patch.EventLate, "", lateFacts()},
		{patch.EventUnreadable, "", patch.MovedFacts{Detail: "a message could not be decoded"}},
	}
}
