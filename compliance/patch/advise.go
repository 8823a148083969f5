package patch

import (
	"fmt"
	"slices"
	"time"
)

// AdviceKind is what a notice means to a class of targets in a system.
type AdviceKind string

// The kinds of advice.
const (
	OpenRollout   AdviceKind = "open"   // a rollout begins, with its clocks
	InformRollout AdviceKind = "inform" // a rollout that runs learns something
	AfterRollout  AdviceKind = "after"  // the rollout is over: people are told, who may ask for another
	LeaveAlone    AdviceKind = "leave"  // it is older than what opens rollouts
)

// Catalogued is what the catalogue of exploited vulnerabilities says now.
type Catalogued struct {
	Feed    string
	Version string
	// Standing is why the catalogue cannot be relied on; OK when it can.
	Standing Reason
	Answers  []Answered
	Entries  []Exploited // that were asked about, or whose product is installed
}

// Answered says whether a vulnerability is known to be exploited.
type Answered struct {
	CVE    string `json:"cve"`
	Answer Answer `json:"answer"`
}

// about adds to a vulnerability what the catalogue says of it.
func (c Catalogued) about(v Vulnerability) Vulnerability {
	v.Feed = c.Standing
	if at := slices.IndexFunc(c.Answers, func(a Answered) bool { return a.CVE == v.ID }); at >= 0 {
		v.Exploited = c.Answers[at].Answer
	}
	if at := slices.IndexFunc(c.Entries, func(e Exploited) bool { return e.CVE == v.ID }); at >= 0 {
		v, _ = Learned(v, Vulnerability{Exploited: Yes, Feed: v.Feed, Evidence: []Evidence{c.Entries[at].Evidence(c.Version)}})
	}
	return v
}

// Learned adds what is new in v to what is known, and reports whether anything
// was. Facts are replaced where v states them; evidence is only added. The same
// kind of evidence of the same instant is no news, whichever release repeats it.
func Learned(known, v Vulnerability) (Vulnerability, bool) {
	out, news := known, known.Feed != v.Feed
	out.Feed = v.Feed
	if v.Exploited != "" && v.Exploited != known.Exploited {
		out.Exploited, news = v.Exploited, true
	}
	if v.Automatable != "" && v.Automatable != known.Automatable {
		out.Automatable, news = v.Automatable, true
	}
	if v.Impact != "" && v.Impact != known.Impact {
		out.Impact, news = v.Impact, true
	}
	if len(v.Fixed) > 0 && !slices.Equal(v.Fixed, known.Fixed) {
		out.Fixed, news = v.Fixed, true
	}
	out.Evidence = slices.Clone(known.Evidence)
	for _, e := range v.Evidence {
		same := func(k Evidence) bool { return k.Kind == e.Kind && k.At.Equal(e.At) }
		if !slices.ContainsFunc(out.Evidence, same) {
			out.Evidence, news = append(out.Evidence, e), true
		}
	}
	return out, news
}

// Advise says what a notice means: for each class of targets in a system that it
// concerns, a rollout to open, news for those that are open, or why nothing
// follows. A vulnerability is in at most one rollout of a class in a system,
// whichever documents name it. What was there when its feed was first read and is
// dated more than lookBack before opens nothing. It gives nothing that known has.
func Advise(n Notice, installed []Installed, known []Advised, c Catalogued, lookBack time.Duration) []AdvisedFacts {
	var out []AdvisedFacts
	for _, i := range installed {
		var rest []Vulnerability
		var said []AdvisedFacts // to rollouts that are there, in their order
		for _, v := range n.Vulnerabilities {
			v.Fixed = n.fixed(v.ID, i)
			v = c.about(v)
			there := covering(known, i, v.ID)
			if len(there) == 0 {
				rest = append(rest, v)
			}
			for _, k := range there {
				said = n.tell(said, k, v)
			}
		}
		out = append(out, said...)
		if len(rest) == 0 || !n.concerns(i) {
			continue
		}
		f := AdvisedFacts{
			Feed: n.Feed, Kind: OpenRollout, Document: n.ID, Revision: n.Revision, Name: n.name(known, i),
			System: i.System, Class: i.Class, Place: i.Place, Vulnerabilities: rest,
		}
		if n.old(i, lookBack) {
			if slices.ContainsFunc(known, func(k Advised) bool { return k.Kind == LeaveAlone && k.Document == n.ID && k.at(i) }) {
				continue
			}
			f.Kind, f.Name, f.Reason = LeaveAlone, "", TooOld
		}
		out = append(out, f)
	}
	return out
}

// tell adds what a rollout that is there learns from the notice.
func (n Notice) tell(said []AdvisedFacts, k Advised, v Vulnerability) []AdvisedFacts {
	at := slices.IndexFunc(k.Vulnerabilities, func(own Vulnerability) bool { return own.ID == v.ID })
	own := k.Vulnerabilities[at]
	kind, reason := InformRollout, OK
	if k.Over {
		if k.Document == n.ID && k.Revision == n.Revision || n.Catalogue && k.State == Completed {
			return said // known, or mended
		}
		v.Feed = own.Feed // over: what decisions rest on is no news any more
		kind, reason = AfterRollout, AlreadyOver
	}
	learned, news := Learned(own, v)
	if !news && (!k.Asked || n.Catalogue) { // what is said to it first makes it known for ever
		return said
	}
	if at := slices.IndexFunc(said, func(f AdvisedFacts) bool { return f.Rollout == k.Rollout }); at >= 0 {
		said[at].Vulnerabilities = append(said[at].Vulnerabilities, learned)
		return said
	}
	return append(said, AdvisedFacts{
		Feed: n.Feed, Kind: kind, Document: n.ID, Revision: n.Revision, Name: k.Name, System: k.System, Class: k.Class, Rollout: k.Rollout,
		Vulnerabilities: []Vulnerability{learned}, Reason: reason,
	})
}

// old reports whether the notice was there when its feed was first read, and was
// dated too long before.
func (n Notice) old(i Installed, lookBack time.Duration) bool {
	return !n.Latest.After(i.Since) && n.Dated.Before(i.Since.Add(-lookBack))
}

// name is that of the rollout to open: a document that names further
// vulnerabilities in a later revision opens a further one.
func (n Notice) name(known []Advised, i Installed) string {
	name := RolloutName(n.ID)
	taken := func(name string) bool {
		return slices.ContainsFunc(known, func(k Advised) bool { return k.Kind == OpenRollout && k.at(i) && k.Name == name })
	}
	if !taken(name) {
		return name
	}
	for again := 2; ; again++ {
		if next := fmt.Sprintf("%s~%d", name, again); !taken(next) {
			return next
		}
	}
}
