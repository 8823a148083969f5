package evidence

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ledger is what a run of records implies: which keys are taken, where each
// subject stands, who owns which number, and the last number of each series.
// It holds the rules of admission and does no I/O. Layers let a batch be
// planned on top of the index, and one request on top of a batch, so that a
// refused request leaves no trace.
type ledger struct {
	below    *ledger
	keys     map[string]prior
	subjects map[string]Standing
	owners   map[string]string // number → subject it was allocated to
	last     map[string]uint64 // series → last number
}

// prior is the first record of a key.
type prior struct {
	Receipt
	Type    string
	Subject string
}

func newLedger(below *ledger) *ledger {
	return &ledger{
		below: below, keys: map[string]prior{}, subjects: map[string]Standing{},
		owners: map[string]string{}, last: map[string]uint64{},
	}
}

func (g *ledger) key(key string) (prior, bool) {
	for ; g != nil; g = g.below {
		if p, ok := g.keys[key]; ok {
			return p, true
		}
	}
	return prior{}, false
}

func (g *ledger) subject(name string) (Standing, bool) {
	for ; g != nil; g = g.below {
		if s, ok := g.subjects[name]; ok {
			return s, true
		}
	}
	return Standing{}, false
}

func (g *ledger) owner(number string) (string, bool) {
	for ; g != nil; g = g.below {
		if s, ok := g.owners[number]; ok {
			return s, true
		}
	}
	return "", false
}

func (g *ledger) lastOf(series string) uint64 {
	for ; g != nil; g = g.below {
		if n, ok := g.last[series]; ok {
			return n
		}
	}
	return 0
}

// admit decides whether an event may go on record and completes it. before is
// the number of the event before it in the same call. When the key is on
// record already it returns that record's receipt and no record.
func (g *ledger) admit(ev Event, before string, now time.Time) (*Record, Receipt, error) {
	if p, ok := g.key(ev.Key); ok {
		if p.Type != ev.Type || p.Subject != ev.Subject {
			return nil, Receipt{}, refuse(ErrConflict,
				"key %q is record %d, %s about %q; it cannot also be %s about %q; give the event a key of its own",
				ev.Key, p.Index, p.Type, p.Subject, ev.Type, ev.Subject)
		}
		r := p.Receipt
		r.Existing = true
		return nil, r, nil
	}
	standing, _ := g.subject(ev.Subject)
	// What happened after the end (a late click, an export) is still a fact and
	// goes on record; only the end itself cannot be undone.
	if standing.Final && (ev.State != "" || ev.Final) {
		return nil, Receipt{}, refuse(ErrFinal,
			"%q ended as %q with record %d; event %q would set state %q; record a late act without a state",
			ev.Subject, standing.State, standing.Index, ev.Key, ev.State)
	}
	number, err := g.number(ev, standing, before)
	if err != nil {
		return nil, Receipt{}, err
	}
	ev.Number = number
	return &Record{Event: ev, Recorded: now}, Receipt{}, nil
}

// number decides the number of an event. A subject has at most one number of
// its own; a subject without one may refer to another's.
func (g *ledger) number(ev Event, standing Standing, before string) (string, error) {
	switch own := standing.Number; {
	case own != "":
		if ev.Number != "" && ev.Number != own {
			return "", refuse(ErrConflict, "%q has number %s; event %q gives %s", ev.Subject, own, ev.Key, ev.Number)
		}
		if series, _, _ := splitNumber(own); ev.Series != "" && ev.Series != series {
			return "", refuse(ErrConflict, "%q has number %s; event %q asks for one of series %s", ev.Subject, own, ev.Key, ev.Series)
		}
		return own, nil
	case ev.Series != "":
		if ev.Number != "" {
			return "", refuse(ErrConflict, "%q has no number yet; event %q cannot choose %s, the log allocates it", ev.Subject, ev.Key, ev.Number)
		}
		return joinNumber(ev.Series, g.lastOf(ev.Series)+1), nil
	case ev.Number != "":
		if _, ok := g.owner(ev.Number); !ok {
			return "", refuse(ErrConflict, "number %s of event %q was never allocated", ev.Number, ev.Key)
		}
		return ev.Number, nil
	default:
		return before, nil
	}
}

// apply takes a record into account. Replay uses it without admit: what is in
// the log happened.
func (g *ledger) apply(r Record, receipt Receipt) {
	g.keys[r.Key] = prior{Receipt: receipt, Type: r.Type, Subject: r.Subject}
	s, _ := g.subject(r.Subject)
	s.Subject = r.Subject
	s.Records++
	if r.Series != "" && s.Number == "" {
		s.Number = r.Number
		g.owners[r.Number] = r.Subject
		if series, n, ok := splitNumber(r.Number); ok {
			g.last[series] = max(n, g.lastOf(series))
		}
	}
	if r.State != "" || r.Final {
		if r.State != "" {
			s.State = r.State
		}
		s.Final = s.Final || r.Final
		s.Index, s.At = receipt.Index, r.At
	}
	g.subjects[r.Subject] = s
}

// merge moves what this layer holds into the one below.
func (g *ledger) merge() {
	for k, v := range g.keys {
		g.below.keys[k] = v
	}
	for k, v := range g.subjects {
		g.below.subjects[k] = v
	}
	for k, v := range g.owners {
		g.below.owners[k] = v
	}
	for k, v := range g.last {
		g.below.last[k] = v
	}
}

func joinNumber(series string, n uint64) string { return fmt.Sprintf("%s-%d", series, n) }

// splitNumber takes "CHG-7" apart. Only the form joinNumber writes is a number.
func splitNumber(number string) (series string, n uint64, ok bool) {
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
