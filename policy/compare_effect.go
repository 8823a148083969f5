package policy

import (
	"slices"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

// RouteDifference is a sort of change that another rule or another chain takes.
type RouteDifference struct {
	System      string  `json:"system"`
	Environment string  `json:"environment"`
	Risk        string  `json:"risk"`
	Old         Decided `json:"old"`
	New         Decided `json:"new"`
}

// Decided is which rule takes a change, and with which chain; both are empty
// where the change would be refused.
type Decided struct {
	Rule  string `json:"rule,omitempty"`
	Chain string `json:"chain,omitempty"`
}

// LevelDifference is a level, there in both policies, that other people decide
// or with another quorum, whether the chain or a group was edited.
type LevelDifference struct {
	Chain string `json:"chain"`
	Level string `json:"level"`
	// Required is how many approvals are needed while nobody is left out.
	OldRequired int                   `json:"old_required"`
	NewRequired int                   `json:"new_required"`
	OldPeople   int                   `json:"old_people"`
	NewPeople   int                   `json:"new_people"`
	Joined      []compliance.PersonID `json:"joined,omitempty"`
	Left        []compliance.PersonID `json:"left,omitempty"`
}

// risks are the words a change's risk can be.
func risks() []string { return []string{"low", "medium", "high"} }

// compareRoutes asks both policies about every sort of change that either knows,
// one without a duration and fields where an expression asks for them.
func compareRoutes(before, after *Rules) []RouteDifference {
	places := map[string]map[string]bool{}
	for _, r := range []*Rules{before, after} {
		for _, s := range r.Systems() {
			for _, e := range s.Environments {
				if places[s.ID] == nil {
					places[s.ID] = map[string]bool{}
				}
				places[s.ID][e.Name] = true
			}
		}
	}
	var out []RouteDifference
	for _, system := range sortedKeys(places) {
		for _, environment := range sortedKeys(places[system]) {
			for _, risk := range risks() {
				a, b := before.decided(system, environment, risk), after.decided(system, environment, risk)
				if a != b {
					out = append(out, RouteDifference{system, environment, risk, a, b})
				}
			}
		}
	}
	return out
}

func (r *Rules) decided(system, environment, risk string) Decided {
	s, ok := r.System(system)
	if !ok {
		return Decided{}
	}
	if _, ok := s.Environment(environment); !ok {
		return Decided{}
	}
	rule, err := r.Route(Case{System: system, Environment: environment, Risk: risk})
	if err != nil {
		return Decided{}
	}
	return Decided{rule.Name, rule.Chain}
}

func compareLevels(before *Rules, oldPeople *Directory, after *Rules, newPeople *Directory) []LevelDifference {
	var out []LevelDifference
	for _, name := range sortedKeys(before.chains) {
		now, stays := after.chains[name]
		if !stays {
			continue
		}
		for _, l := range before.chains[name].Levels {
			i := slices.IndexFunc(now.Levels, func(n change.Level) bool { return n.Name == l.Name })
			if i < 0 {
				continue
			}
			if d := compareLevel(l, oldPeople, now.Levels[i], newPeople); d.differs() {
				d.Chain = name
				out = append(out, d)
			}
		}
	}
	return out
}

func (d LevelDifference) differs() bool {
	return d.OldRequired != d.NewRequired || len(d.Joined)+len(d.Left) > 0
}

func compareLevel(before change.Level, oldPeople *Directory, after change.Level, newPeople *Directory) LevelDifference {
	pool := func(l change.Level, d *Directory) ([]compliance.PersonID, int) {
		var ids []compliance.PersonID
		for _, m := range d.Members(l.Groups) {
			ids = append(ids, m.Person.ID)
		}
		slices.Sort(ids)
		ids = slices.Compact(ids)
		q, _ := change.ParseQuorum(l.Quorum) // a policy whose quorum cannot be read does not load
		return ids, q.Of(len(ids))
	}
	was, need := pool(before, oldPeople)
	is, needs := pool(after, newPeople)
	d := LevelDifference{Level: before.Name, OldRequired: need, NewRequired: needs, OldPeople: len(was), NewPeople: len(is)}
	for _, p := range is {
		if !slices.Contains(was, p) {
			d.Joined = append(d.Joined, p)
		}
	}
	for _, p := range was {
		if !slices.Contains(is, p) {
			d.Left = append(d.Left, p)
		}
	}
	return d
}
