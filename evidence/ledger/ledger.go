package ledger

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Ledger is what a run of records implies: which keys are taken, where each
// subject stands, who owns which number, and the last number of each series.
// It holds the rules of admission and does no I/O. Layers let a batch be
// planned on top of the index, and one request on top of a batch, so that a
// refused request leaves no trace.
type Ledger struct {
	below    *Ledger
	Keys     map[string]Prior
	Subjects map[string]Standing
	Owners   map[string]string // number → subject it was allocated to
	Last     map[string]uint64 // series → last number
}

// Prior is the first record of a key.
type Prior struct {
	Receipt
	Type    string
	Subject string
}

// New is an empty layer over what is below, or the first one.
func New(below *Ledger) *Ledger {
	return &Ledger{
		below: below, Keys: map[string]Prior{}, Subjects: map[string]Standing{},
		Owners: map[string]string{}, Last: map[string]uint64{},
	}
}

// Key is the first record of an event key; false when there is none.
func (g *Ledger) Key(key string) (Prior, bool) {
	for ; g != nil; g = g.below {
		if p, ok := g.Keys[key]; ok {
			return p, true
		}
	}
	return Prior{}, false
}

// Subject is where a subject stands; false for one without records.
func (g *Ledger) Subject(name string) (Standing, bool) {
	for ; g != nil; g = g.below {
		if s, ok := g.Subjects[name]; ok {
			return s, true
		}
	}
	return Standing{}, false
}

// Owner is the subject that a number was allocated to; false when it was not.
func (g *Ledger) Owner(number string) (string, bool) {
	for ; g != nil; g = g.below {
		if s, ok := g.Owners[number]; ok {
			return s, true
		}
	}
	return "", false
}

// LastOf is the last number of a series, 0 before its first.
func (g *Ledger) LastOf(series string) uint64 {
	for ; g != nil; g = g.below {
		if n, ok := g.Last[series]; ok {
			return n
		}
	}
	return 0
}

// Admit decides whether an event may go on record and completes it. before is
// the number of the event before it in the same call. When the key is on
// record already it returns that record's receipt and no record.
func (g *Ledger) Admit(ev Event, before string, now time.Time) (*Record, Receipt, error) {
	if p, ok := g.Key(ev.Key); ok {
		if p.Type != ev.Type || p.Subject != ev.Subject {
			return nil, Receipt{}, Refuse(ErrConflict,
				"key %q is record %d, %s about %q; it cannot also be %s about %q; give the event a key of its own",
				ev.Key, p.Index, p.Type, p.Subject, ev.Type, ev.Subject)
		}
		r := p.Receipt
		r.Existing = true
		return nil, r, nil
	}
	standing, _ := g.Subject(ev.Subject)
	// What happened after the end (a late click, an export) is still a fact and
	// goes on record; only the end itself cannot be undone.
	if standing.Final && (ev.State != "" || ev.Final) {
		return nil, Receipt{}, Refuse(ErrFinal,
			"%q ended as %q with record %d; event %q would set state %q; record a late act without a state",
			ev.Subject, standing.State, standing.Index, ev.Key, ev.State)
	}
	number, err := g.number(ev, standing, before)
	if err != nil {
		return nil, Receipt{}, err
	}
	ev.Number = number
	return &Record{Event: ev, Recorded: now, Seq: standing.Records + 1}, Receipt{}, nil
}

// number decides the number of an event. A subject has at most one number of
// its own; a subject without one may refer to another's.
func (g *Ledger) number(ev Event, standing Standing, before string) (string, error) {
	switch own := standing.Number; {
	case own != "":
		if ev.Number != "" && ev.Number != own {
			return "", Refuse(ErrConflict, "%q has number %s; event %q gives %s", ev.Subject, own, ev.Key, ev.Number)
		}
		if series, _, _ := SplitNumber(own); ev.Series != "" && ev.Series != series {
			return "", Refuse(ErrConflict, "%q has number %s; event %q asks for one of series %s", ev.Subject, own, ev.Key, ev.Series)
		}
		return own, nil
	case ev.Series != "":
		if ev.Number != "" {
			return "", Refuse(ErrConflict, "%q has no number yet; event %q cannot choose %s, the log allocates it", ev.Subject, ev.Key, ev.Number)
		}
		return JoinNumber(ev.Series, g.LastOf(ev.Series)+1), nil
	case ev.Number != "":
		if _, ok := g.Owner(ev.Number); !ok {
			return "", Refuse(ErrConflict, "number %s of event %q was never allocated", ev.Number, ev.Key)
		}
		return ev.Number, nil
	default:
		return before, nil
	}
}

// Apply takes a record into account. Replay uses it without Admit: what is in
// the log happened.
func (g *Ledger) Apply(r Record, receipt Receipt) {
	g.Keys[r.Key] = Prior{Receipt: receipt, Type: r.Type, Subject: r.Subject}
	s, _ := g.Subject(r.Subject)
	s.Subject = r.Subject
	s.Records++
	if r.Series != "" && s.Number == "" {
		s.Number = r.Number
		g.Owners[r.Number] = r.Subject
		if series, n, ok := SplitNumber(r.Number); ok {
			g.Last[series] = max(n, g.LastOf(series))
		}
	}
	if r.State != "" || r.Final {
		if r.State != "" {
			s.State = r.State
		}
		s.Final = s.Final || r.Final
		s.Index, s.At = receipt.Index, r.At
	}
	g.Subjects[r.Subject] = s
}

// Merge moves what this layer holds into the one below.
func (g *Ledger) Merge() {
	for k, v := range g.Keys {
		g.below.Keys[k] = v
	}
	for k, v := range g.Subjects {
		g.below.Subjects[k] = v
	}
	for k, v := range g.Owners {
		g.below.Owners[k] = v
	}
	for k, v := range g.Last {
		g.below.Last[k] = v
	}
}

// JoinNumber is the n-th number of a series, as in "CHG-7".
func JoinNumber(series string, n uint64) string { return fmt.Sprintf("%s-%d", series, n) }

// SplitNumber takes "CHG-7" apart. Only the form that JoinNumber writes is a number.
func SplitNumber(number string) (series string, n uint64, ok bool) {
	series, digits, found := strings.Cut(number, "-")
	n, err := strconv.ParseUint(digits, 10, 64)
	if !found || err != nil || n == 0 || !isSeries(series) || strconv.FormatUint(n, 10) != digits {
		return "", 0, false
	}
	return series, n, true
}

// isSeries: two to eight capital letters.
func isSeries(s string) bool {
	if len(s) < 2 || len(s) > 8 {
		return false
	}
	return strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}
