package tests

import (
	"maps"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/tests/harness"
)

// passed is how often each party passed each step in the undisturbed story.
type passed map[string]map[string]int

// list collects the points of a story that passed these steps.
type list struct {
	plot plot
	base passed
	all  []crashPoint
}

// tried is which passings of a step are points.
type tried int

const (
	always tried = iota // every passing
	ends                // the first and the last
	once                // the first
)

func (t tried) takes(n, passings int) bool {
	switch t {
	case once:
		return n == 1
	case ends:
		return n == 1 || n == passings
	}
	return true
}

// add lists passings of the wanted steps in one place, on these sides of it.
func (l *list) add(kind, where, victim string, sides []bool, which tried, want func(string) bool) {
	for _, name := range slices.Sorted(maps.Keys(l.base[where])) {
		passings := l.base[where][name]
		for n := 1; want(name) && n <= passings; n++ {
			for _, after := range sides {
				if which.takes(n, passings) {
					l.all = append(l.all, crashPoint{
						kind: kind, plot: l.plot, where: where, victim: victim, at: harness.Moment{Name: name, N: n, After: after},
					})
				}
			}
		}
	}
}

// own reports whether a step belongs to the plot's process and not to what goes
// on beside it: the change that a rollout is approved by has plots of its own,
// and the daily look for untracked documents tells nobody anything.
func (p plot) own(step string) bool {
	_, about, _ := strings.Cut(step, " ")
	about, _, _ = strings.Cut(about, "/")
	switch p {
	case straight, winding, heldPlot, supersededPlot, emergencyPlot, expiredPlot, gatedPlot:
		return slices.Contains([]string{"Change", "change", "Record", "record"}, about)
	case incidentPlot:
		return slices.Contains([]string{"Incident", "incident", "Alert", "alert", "Record", "record"}, about)
	case certificationPlot:
		return slices.Contains([]string{"Certification", "certification"}, about)
	case exceptionPlot:
		return slices.Contains([]string{"Exception", "exception"}, about)
	case feedsPlot: // the rollouts that it opens have plots of their own
		return about == "ReadFeeds"
	case observationPlot:
		return slices.Contains([]string{"LookAtTargets", "Finding", "observation"}, about)
	default:
		return slices.Contains([]string{"PatchRollout", "PatchPayload", "patch"}, about)
	}
}

func isResponse(step string) bool { return strings.HasPrefix(step, "Respond") }
func isAppend(step string) bool   { return strings.HasPrefix(step, "evidence ") }

// hasEffect reports whether a call to a vendor has an effect there. What only
// reads is the same call in every process.
func hasEffect(call string) bool {
	switch call {
	case "conversations.history", "conversations.replies", "conversations.list", "conversations.info", "conversations.members", "conversations.open", "users.info", "chat.getPermalink":
		return false
	}
	return !strings.HasPrefix(call, "GET ")
}

// aside is a plot in which a change leaves the straight way; what it has in common
// with that one has its points there.
func (p plot) aside() bool {
	_, is := asideTraces()[p]
	return is || p == exceptionPlot
}

// enumerated lists the points of a plot. Of the ways aside of the change, the steps of the
// processes and calls that have an effect are all tried, the gateway and appends at the first and
// last passing, the engine not at all; of the one that waits for its deadline, all at the first
// and last. Of the processes beside the change, what
// is the same in every process is tried less often: reads of vendors not at all,
// the engine at the first passing of a step; of a certification, which waits for
// the tracker's search, of feeds, and of rollouts, which are long, the first and the last
// passing of a step of the processes. An observation only reads from platforms: of it
// these calls are points.
func enumerated(which plot, base passed, together bool) []crashPoint {
	l := list{plot: which, base: base}
	both, here, after := []bool{false, true}, []bool{false}, []bool{true}
	response := func(name string) bool { return isResponse(name) && which.own(name) }
	call := func(name string) bool { return !isResponse(name) && !isAppend(name) && which.own(name) }
	any := func(string) bool { return true }
	if together {
		l.add(kindTogether, partyWorker, partyWorker, both, map[plot]tried{incidentPlot: ends}[which], response)
		return l.all
	}
	steps, toVendors, calls, engine := always, always, any, always
	beside := always // the gateway, and what is inside an append
	switch which {
	case heldPlot, supersededPlot, emergencyPlot, gatedPlot, exceptionPlot:
		calls, beside = hasEffect, ends
	case expiredPlot:
		steps, toVendors, calls, beside = ends, ends, hasEffect, ends
	case incidentPlot:
		calls, engine = hasEffect, once
	case observationPlot:
		calls, engine, beside = hasEffect, once, ends
	case certificationPlot, feedsPlot:
		steps, toVendors, calls, engine = ends, ends, hasEffect, once
	case rolloutPlot, wayBackPlot: // its change has the most of what goes to Slack and Jira
		steps, toVendors, calls, engine = ends, once, hasEffect, once
	}
	l.add(kindWorker, partyWorker, partyWorker, both, steps, response)
	l.add(kindEvidence, partyEvidence, partyEvidence, both, steps, response)
	for _, where := range []string{relaySlackWorker, relayJiraWorker, relayPagerDuty, tapMail} {
		l.add(kindVendor, where, partyWorker, after, toVendors, calls)
	}
	for _, where := range slices.Sorted(maps.Keys(base)) {
		switch {
		case !strings.HasPrefix(where, relayPlatform):
		case which == rolloutPlot || which == wayBackPlot:
			l.add(kindPlatform, where, partyWorker, after, always, calls)
		case which == observationPlot: // what it calls there it reads
			l.add(kindPlatform, where, partyWorker, after, always, any)
		}
	}
	if which == feedsPlot { // nobody acts on a feed
		calls = func(string) bool { return false }
	}
	beside = max(beside, steps)
	l.add(kindVendor, relaySlackGateway, partyGateway, after, max(beside, toVendors), calls)
	l.add(kindCall, partyGateway, partyGateway, both, beside, call)
	if which != rolloutPlot && which != wayBackPlot {
		l.add(kindAppend, partyEvidence, partyEvidence, here, beside, isAppend)
	}
	if which != rolloutPlot && which != wayBackPlot && which != feedsPlot {
		l.add(kindAnswer, relayToGateway, partyGateway, after, beside, any)
	}
	if signalled := map[plot]string{straight: "change", incidentPlot: "incident"}[which]; signalled != "" {
		for _, side := range both {
			l.all = append(l.all, crashPoint{
				kind: kindSignal, plot: which, where: partyGateway, victim: partyGateway, absent: true,
				at: harness.Moment{Name: "SignalWorkflowExecution " + signalled, N: 1, After: side},
			})
		}
	}
	if which != winding && which != rolloutPlot && !which.aside() { // the first plot of a process; of rollouts the one that does more
		l.add(kindEngineOf, partyWorker, partyEngine, both, engine, response)
		l.add(kindEngineOf, partyEvidence, partyEngine, both, engine, response)
		l.add(kindEngineGet, partyGateway, partyEngine, both, engine, call)
	}
	return l.all
}

// choose takes all points, or an even share of them that begins at the seed.
func choose(all []crashPoint, mode string, share, seed int, only string) []crashPoint {
	if only != "" {
		all = slices.DeleteFunc(slices.Clone(all), func(p crashPoint) bool { return !strings.Contains(p.kind+": "+p.String(), only) })
	}
	if mode == "all" || len(all) <= share {
		return all
	}
	some := make([]crashPoint, share)
	for i := range some {
		some[i] = all[(seed+i*len(all)/share)%len(all)]
	}
	return some
}
