package change

import (
	"cmp"
	"slices"
	"time"
)

// Reported is one change as its record tells it.
type Reported struct {
	Number   string
	Received time.Time
	// State is where it stands, or ended.
	State State
	// Class is its template's; without one its risk. Chain and Template are of its
	// last version that was submitted, empty when none was.
	Class, Chain, Template string
	// Approvals are how long each version that was approved took, from its submission
	// to its last approval.
	Approvals []time.Duration
	// Emergency is set when it was carried out, or begun, without approval.
	Emergency bool
	// Refusals counts what the rules refused: submissions, votes, starts, late acts.
	Refusals map[Reason]int
}

// Figures are what approvals cost in a period, and how often they were gone around
// (requirement 13, C34). Its JSON names are a contract with scripts, only added to.
type Figures struct {
	From  time.Time `json:"from"`  // of receipt, UTC
	Until time.Time `json:"until"` // exclusive
	// Whole counts every change; the others are grouped, sorted by name.
	Whole      Group   `json:"whole"`
	ByClass    []Group `json:"by_class"`
	ByChain    []Group `json:"by_chain"`
	ByTemplate []Group `json:"by_template"`
	// Emergencies are by quarter of receipt, the oldest first.
	Emergencies []Ratio `json:"emergencies"`
	// Refusals are what was refused most first.
	Refusals []Refused `json:"refusals"`
}

// Group is some of the changes of a report.
type Group struct {
	Name    string        `json:"name,omitempty"`
	Changes int           `json:"changes"`
	States  map[State]int `json:"states"` // where they stand, or ended
	// Approvals counts versions that were approved; Median and P90 are their times
	// from submission to approval, in nanoseconds, absent where there is none. P90 is the
	// time that nine of ten did not exceed.
	Approvals int           `json:"approvals"`
	Median    time.Duration `json:"median,omitempty"`
	P90       time.Duration `json:"p90,omitempty"`
}

// Refused is how often the rules refused something for one reason.
type Refused struct {
	Reason Reason `json:"reason"`
	Count  int    `json:"count"`
	Text   string `json:"text"`
}

// Summarise makes the figures of the changes that were received in the half-open
// interval from from until until.
func Summarise(all []Reported, from, until time.Time) Figures {
	within := slices.DeleteFunc(slices.Clone(all), func(r Reported) bool { return r.Received.Before(from) || !r.Received.Before(until) })
	out := Figures{From: from.UTC(), Until: until.UTC(), Whole: group("", within), Refusals: []Refused{}}
	out.ByClass = groups(within, func(r Reported) string { return r.Class })
	out.ByChain = groups(within, func(r Reported) string { return r.Chain })
	out.ByTemplate = groups(within, func(r Reported) string { return r.Template })
	var counted []Counted
	refused := map[Reason]int{}
	for _, r := range within {
		counted = append(counted, Counted{Received: r.Received, Emergency: r.Emergency})
		for reason, n := range r.Refusals {
			refused[reason] += n
		}
	}
	out.Emergencies = EmergencyRatio(counted)
	for reason, n := range refused {
		out.Refusals = append(out.Refusals, Refused{reason, n, reason.Text()})
	}
	slices.SortFunc(out.Refusals, func(a, b Refused) int { return cmp.Or(b.Count-a.Count, cmp.Compare(a.Reason, b.Reason)) })
	return out
}

// groups are the changes by a name; those without one are in none.
func groups(all []Reported, name func(Reported) string) []Group {
	by := map[string][]Reported{}
	for _, r := range all {
		if n := name(r); n != "" {
			by[n] = append(by[n], r)
		}
	}
	out := make([]Group, 0, len(by))
	for n, list := range by {
		out = append(out, group(n, list))
	}
	slices.SortFunc(out, func(a, b Group) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func group(name string, list []Reported) Group {
	g := Group{Name: name, Changes: len(list), States: map[State]int{}}
	var took []time.Duration
	for _, r := range list {
		g.States[r.State]++
		took = append(took, r.Approvals...)
	}
	slices.Sort(took)
	if g.Approvals = len(took); g.Approvals > 0 {
		g.Median = (took[(len(took)-1)/2] + took[len(took)/2]) / 2
		g.P90 = took[(9*len(took)+9)/10-1] // nearest rank
	}
	return g
}
