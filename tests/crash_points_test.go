package tests

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/tests/harness"
)

// The parties of a story. The first four can be killed.
const (
	partyWorker   = "worker"   // roles workflows and activities
	partyEvidence = "evidence" // role evidence
	partyGateway  = "gateway"
	partyEngine   = "engine"

	relaySlackWorker  = "worker's calls to Slack"
	relayJiraWorker   = "worker's calls to Jira"
	relaySlackGateway = "gateway's calls to Slack"
	relayToGateway    = "answers of the gateway"
)

// crashPoint is one place at which one process is killed.
type crashPoint struct {
	kind   string // row of the table
	plot   plot
	at     harness.Moment
	where  string // the process or relay that passes the moment
	victim string
	// absent plays the story with no worker while one person decides, so that
	// the decision goes by signal.
	absent bool
}

func (p crashPoint) String() string {
	when := "before"
	if p.at.After {
		when = "after"
	}
	if strings.HasPrefix(p.at.Name, "evidence ") {
		when = "at"
	}
	s := fmt.Sprintf("%s: %s killed %s %s #%d of the %s", p.plot, p.victim, when, p.at.Name, p.at.N, p.where)
	if p.absent {
		s += ", no worker"
	}
	return s
}

// The rows of the table.
const (
	kindWorker    = "worker, at its response to the engine"
	kindEvidence  = "evidence process, at its response to the engine"
	kindAppend    = "evidence process, inside an append"
	kindVendor    = "caller, when the vendor has acknowledged"
	kindCall      = "gateway, at its call to the engine"
	kindSignal    = "gateway, at its signal when no worker answers"
	kindAnswer    = "gateway, when its answer has arrived"
	kindEngineOf  = "engine, at a response of a worker"
	kindEngineGet = "engine, at a call of the gateway"
	kindTogether  = "all roles in one process, at a response"
)

// kinds lists the rows in order.
func kinds() []string {
	return []string{
		kindWorker, kindEvidence, kindAppend, kindVendor, kindCall, kindSignal, kindAnswer, kindEngineOf, kindEngineGet, kindTogether,
	}
}

// passed is how often each party passed each step in the undisturbed story.
type passed map[string]map[string]int

// list collects the points of a story that passed these steps.
type list struct {
	plot plot
	base passed
	all  []crashPoint
}

// add lists every passing of the wanted steps in one place, on these sides of it.
func (l *list) add(kind, where, victim string, sides []bool, want func(string) bool) {
	for _, name := range slices.Sorted(maps.Keys(l.base[where])) {
		for n := 1; want(name) && n <= l.base[where][name]; n++ {
			for _, after := range sides {
				l.all = append(l.all, crashPoint{
					kind: kind, plot: l.plot, where: where, victim: victim, at: harness.Moment{Name: name, N: n, After: after},
				})
			}
		}
	}
}

// enumerated lists every point of a plot. The engine and the signals are the
// same whatever people decide, so they are tried with the straight story only.
func enumerated(which plot, base passed, together bool) []crashPoint {
	l := list{plot: which, base: base}
	both, here, after := []bool{false, true}, []bool{false}, []bool{true}
	response := func(name string) bool { return strings.HasPrefix(name, "Respond") }
	inside := func(name string) bool { return strings.HasPrefix(name, "evidence ") }
	call := func(name string) bool { return !response(name) && !inside(name) }
	any := func(string) bool { return true }
	if together {
		l.add(kindTogether, partyWorker, partyWorker, both, response)
		return l.all
	}
	l.add(kindWorker, partyWorker, partyWorker, both, response)
	l.add(kindEvidence, partyEvidence, partyEvidence, both, response)
	l.add(kindAppend, partyEvidence, partyEvidence, here, inside)
	l.add(kindVendor, relaySlackWorker, partyWorker, after, any)
	l.add(kindVendor, relayJiraWorker, partyWorker, after, any)
	l.add(kindVendor, relaySlackGateway, partyGateway, after, any)
	l.add(kindCall, partyGateway, partyGateway, both, call)
	l.add(kindAnswer, relayToGateway, partyGateway, after, any)
	if which != straight {
		return l.all
	}
	for _, side := range both {
		l.all = append(l.all, crashPoint{
			kind: kindSignal, where: partyGateway, victim: partyGateway, absent: true,
			at: harness.Moment{Name: "SignalWorkflowExecution", N: 1, After: side},
		})
	}
	l.add(kindEngineOf, partyWorker, partyEngine, both, response)
	l.add(kindEngineOf, partyEvidence, partyEngine, both, response)
	l.add(kindEngineGet, partyGateway, partyEngine, both, call)
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
