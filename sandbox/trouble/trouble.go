// Package trouble makes something go wrong on purpose, so that a newcomer sees what
// the product does about it: a vendor is down, the worker is killed, a freeze begins.
// Each trouble is a real one of its kind and lasts until it is undone. All of them act
// on the sandbox's own stand-ins, processes and policy, and on nothing else.
package trouble

import (
	"context"
	"slices"
	"sync"
)

// Trouble is one thing that can go wrong.
type Trouble struct {
	Name  string // in addresses, such as "slack"
	Title string // such as "Slack goes down"
	// Begin and End are what the buttons say.
	Begin, End string
	// Watch says, in a sentence, what to do meanwhile and what to watch for.
	Watch string
	// Cause begins it and Undo ends it. Either may find that it is done already.
	Cause, Undo func(context.Context) error
	// Lasts says in a sentence how it stands; empty while all is well.
	Lasts func() string
}

// Troubles are what can go wrong here, in the order in which they are shown. It is
// safe for concurrent use.
type Troubles struct {
	all []Trouble
	mu  sync.Mutex // one at a time: beginning and undoing must not overlap
}

// Of makes Troubles.
func Of(all ...Trouble) *Troubles { return &Troubles{all: all} }

// All lists them; there are none when t is nil.
func (t *Troubles) All() []Trouble {
	if t == nil {
		return nil
	}
	return slices.Clone(t.all)
}

// Begin has the named trouble, and End undoes it; ok is false when there is none of
// that name.
func (t *Troubles) Begin(ctx context.Context, name string) (ok bool, err error) {
	return t.turn(name, func(one Trouble) error { return one.Cause(ctx) })
}

// End undoes the named trouble.
func (t *Troubles) End(ctx context.Context, name string) (ok bool, err error) {
	return t.turn(name, func(one Trouble) error { return one.Undo(ctx) })
}

func (t *Troubles) turn(name string, do func(Trouble) error) (bool, error) {
	i := slices.IndexFunc(t.All(), func(one Trouble) bool { return one.Name == name })
	if i < 0 {
		return false, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return true, do(t.all[i])
}

// Lasts says how the named trouble stands; empty while all is well.
func (t *Troubles) Lasts(name string) string {
	for _, one := range t.All() {
		if one.Name == name {
			return one.Lasts()
		}
	}
	return ""
}
