package timeline

import "github.com/lowcodex/countersign/compliance/observation"

func observationSamples() []sample {
	at := noon()
	before := observation.Seen{Content: "sha256:0a", Revision: "r1", At: at}
	now := observation.Seen{Content: "sha256:0b", Revision: "r2", At: at}
	seen := func(o observation.Outcome, by ...string) observation.ObservedFacts {
		return observation.ObservedFacts{Target: "yard-gate", Seen: now, Before: &before, Outcome: o, By: by}
	}
	first := observation.ObservedFacts{Target: "yard-gate", Seen: before, Outcome: observation.Baseline}
	act := observation.ActFacts{Action: observation.ActionExplain, Received: at, By: "CHG-7"}
	refused := act
	refused.Reason = observation.OtherSystem
	return []sample{
		{observation.EventObserved, "", first},
		{observation.EventObserved, "a rollout", seen(observation.ByRollout, "PAT-1")},
		{observation.EventObserved, "a change", seen(observation.ByChange, "CHG-7", "CHG-8")},
		{observation.EventObserved, "a finding", seen(observation.ByFinding, "OBS-1")},
		{observation.EventUnread, "", observation.UnreadFacts{Target: "yard-gate", Since: at, Detail: "it does not answer"}},
		{observation.EventFound, "", observation.FoundFacts{Owner: bruno, Found: observation.Found{
			Target: "yard-gate", System: "yard-flows", Environment: "production", Before: before, LastLook: at, Seen: now,
		}}},
		{observation.EventFound, "beside a change", observation.FoundFacts{Found: observation.Found{Target: "yard-gate", Before: before, LastLook: at, Seen: now, Meanwhile: []string{"CHG-7"}}}},
		{observation.EventExplained, "", act},
		{observation.EventRefused, "", refused},
		{observation.EventLate, "", lateFacts()},
		{observation.EventUnreadable, "", observation.MovedFacts{Detail: "a message could not be decoded"}},
		{observation.EventStopped, "", observation.MovedFacts{Detail: "an operator of the engine cancelled the run"}},
	}
}
