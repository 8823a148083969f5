package incident_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
)

// drawPolicy draws policies with holes in them, too.
func drawPolicy(t *rapid.T) incident.Policy {
	duration := func(label string) time.Duration {
		return rapid.SampledFrom([]time.Duration{-time.Minute, 0, time.Second, time.Minute, 5 * time.Minute, time.Hour}).Draw(t, label)
	}
	p := incident.Policy{
		Rounds: rapid.IntRange(-1, 3).Draw(t, "rounds"), Pause: duration("pause"), Again: duration("again"),
		OnlyPaged: rapid.Bool().Draw(t, "only paged"), Handover: duration("handover"),
	}
	if rapid.Bool().Draw(t, "fallback") {
		p.Fallback = fallback
	}
	for range rapid.IntRange(0, 3).Draw(t, "steps") {
		p.Steps = append(p.Steps, incident.Step{Delay: duration("delay"), Targets: []incident.Target{rotationTarget("any")}})
	}
	for _, s := range incident.Severities() {
		if rapid.Bool().Draw(t, string(s)) {
			p.Severities = append(p.Severities, incident.SeverityRule{Severity: s, AckFor: duration("ack for"), MaxSnooze: duration("snooze")})
		}
	}
	return p
}

func drawStart(t *rapid.T) incident.Standing {
	sev := rapid.SampledFrom(append(incident.Severities(), "unheard-of")).Draw(t, "severity")
	switch rapid.IntRange(0, 4).Draw(t, "start") {
	case 0:
		return incident.Hold(seven, sev, noon, m(rapid.IntRange(0, 60).Draw(t, "until")))
	case 1:
		return incident.Exercise(seven, sev, noon)
	default:
		return incident.Open(seven, sev, noon)
	}
}

// happen lets something happen to an incident, as its process would.
func happen(t *rapid.T, p incident.Policy, s incident.Standing, now time.Time) incident.Standing {
	by := incident.Actor{Person: compliance.PersonID(rapid.SampledFrom([]string{"", "p-ann", "p-bob", "p-cid"}).Draw(t, "by"))}
	var b incident.Binding
	if s.Page > 0 && rapid.Bool().Draw(t, "bound") {
		b = incident.NewBinding(s, s.Entered)
		b.Page = rapid.IntRange(0, s.Page+1).Draw(t, "bound to")
	}
	switch rapid.IntRange(0, 7).Draw(t, "what") {
	case 0, 1, 2:
		r := rapid.SampledFrom([]incident.Reach{incident.Reached, incident.ReachMaybe, incident.ReachNobody}).Draw(t, "reach")
		return s.Settle(rapid.IntRange(0, s.Page+1).Draw(t, "page"), r, incident.AllFailed, now)
	case 3, 4:
		ruling := incident.JudgeAcknowledge(p, s, b, by, rapid.Bool().Draw(t, "paged"), now)
		ack := incident.Ack{Person: by.Person, At: now, Page: b.Page}
		switch {
		case ruling.Renews:
			return s.Renew(ack)
		case ruling.Counts:
			return s.Acknowledge(ack)
		}
	case 5:
		if incident.JudgeUpdate(s, by) == incident.OK {
			asked := time.Duration(rapid.IntRange(0, 1000).Draw(t, "quiet")) * time.Minute
			return s.Update(now, incident.QuietUntil(p, s.Severity, asked, now))
		}
	case 6:
		return s.Push(now)
	case 7:
		if rapid.IntRange(0, 5).Draw(t, "resolve") == 0 && incident.JudgeResolve(s, b, by, now) == incident.OK {
			return s.Resolve()
		}
	}
	return s
}

// I15, I31, I32: in every standing that can be reached somebody is paged now,
// or something is due at a known instant, or it is over; one page at a time.
func TestI15_NoStandingIsSilent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, s, now := drawPolicy(t), drawStart(t), noon
		resolved := false
		for range rapid.IntRange(1, 40).Draw(t, "length") {
			for range 10 { // the process pages until there is nothing more to page
				before := s
				d := incident.NextPage(p, s, now)
				require.Equal(t, d, incident.NextPage(p, s, now), "the same question, the same answer")
				require.Equal(t, before, s, "asking changes nothing")
				if d.Do != incident.Page {
					break
				}
				require.False(t, resolved, "paged after the resolution")
				require.NotEmpty(t, d.Targets)
				require.False(t, d.At.After(now), "paged before it was due")
				require.Equal(t, now.Sub(d.At), d.Late)
				s = s.Enter(d, now)
				require.Equal(t, before.Page+1, s.Page, "one page at a time")
				require.Equal(t, incident.ReachPending, s.Reach)
				require.True(t, s.State != incident.Triggered || incident.Wanted(s, s.Page) == incident.OK)
				require.NotEqual(t, incident.Page, incident.NextPage(p, s, now).Do, "a page that is under way is waited for")
			}
			d := incident.NextPage(p, s, now)
			switch d.Do {
			case incident.Wait:
				require.True(t, d.At.After(now), "a wait ends, and later than now")
				require.False(t, d.At.After(now.Add(48*time.Hour)), "and soon enough")
				require.Equal(t, s.State == incident.Acknowledged, d.Reason == incident.AckStands)
			case incident.Rest:
				require.Contains(t, []incident.State{incident.Resolved, incident.Closed}, s.State)
				resolved = true
			default:
				t.Fatalf("still paging: %+v", d)
			}
			was := s
			s = happen(t, p, s, now)
			require.True(t, s.State == was.State || incident.CanMove(was.State, s.State) || was.State == incident.Acknowledged, "%s → %s", was.State, s.State)
			if d.Do == incident.Wait && rapid.Bool().Draw(t, "sleep") {
				now = d.At
			} else {
				now = now.Add(time.Duration(rapid.IntRange(0, 7200).Draw(t, "seconds")) * time.Second)
			}
		}
	})
}

// Left alone, an incident nobody acknowledges keeps paging: within any two hours
// and a half there is a page, and never more than one a second for each step.
func TestI15_LeftAloneItPagesForEverAndNeverBursts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, s, now, last := drawPolicy(t), drawStart(t), noon, noon
		burst := 0
		for range 60 {
			d := incident.NextPage(p, s, now)
			if d.Do == incident.Wait {
				now, burst = d.At, 0
				continue
			}
			require.Equal(t, incident.Page, d.Do)
			require.LessOrEqual(t, now.Sub(last), 150*time.Minute)
			burst++
			require.LessOrEqual(t, burst, len(p.Steps)+2, "all steps and the last resort at most")
			s, last = s.Enter(d, now), now
			r := rapid.SampledFrom([]incident.Reach{incident.ReachPending, incident.Reached, incident.ReachNobody}).Draw(t, "reach")
			s = s.Settle(s.Page, r, incident.NobodyThere, now)
		}
	})
}

// An acknowledgement or a resolution stops everything at once.
func TestI13_AckStopsEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, s, now := drawPolicy(t), incident.Open(seven, incident.Sev1, noon), noon
		var notices []incident.Notice
		for range rapid.IntRange(0, 12).Draw(t, "pages") {
			d := incident.NextPage(p, s, now)
			if d.Do == incident.Wait {
				now = d.At
				continue
			}
			s = s.Enter(d, now)
			notices = append(notices, incident.Notice{Person: compliance.PersonID(rapid.SampledFrom([]string{"p-ann", "p-bob", "p-cid"}).Draw(t, "who")), Page: s.Page})
		}
		require.Empty(t, incident.StandDown(s, notices), "not while it pages")
		ruling := incident.JudgeAcknowledge(p, s, incident.Binding{}, incident.Actor{Person: "p-ann"}, true, now)
		require.Equal(t, incident.AckRuling{Counts: true}, ruling)
		s = s.Acknowledge(incident.Ack{Person: "p-ann", At: now})
		d := incident.NextPage(p, s, now)
		require.Equal(t, incident.Wait, d.Do)
		require.Equal(t, incident.AckStands, d.Reason)
		for page := range s.Page + 2 {
			require.Equal(t, incident.NoLongerWanted, incident.Wanted(s, page))
			require.Equal(t, incident.NoLongerWanted, incident.Wanted(s.Resolve(), page))
		}
		require.NotContains(t, incident.StandDown(s, notices), compliance.PersonID("p-ann"))
		for _, n := range notices {
			if n.Person != "p-ann" {
				require.Contains(t, incident.StandDown(s, notices), n.Person, "I10: nobody is left in silence")
			}
		}
		require.Equal(t, incident.Rest, incident.NextPage(p, s.Resolve(), now.Add(1000*time.Hour)).Do)
	})
}
