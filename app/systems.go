package app

import (
	"context"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// systems are the systems of the rules as they are now, for whoever declares an
// incident. Without rules people write the system's name.
func (a *App) systems() []compliance.Option {
	rules, err := a.source.Rules(context.Background())
	if err != nil {
		a.log.Warn("no systems to offer", "error", err)
		return nil
	}
	var out []compliance.Option
	for _, s := range rules.Systems() {
		out = append(out, compliance.Option{Value: s.ID, Label: s.Name})
	}
	return out
}

// name is what a person is called; their id where the directory does not say.
func (a *App) name(id compliance.PersonID) string {
	directory, err := a.source.Directory(context.Background())
	if err != nil {
		a.log.Warn("nobody can be called by their name", "error", err)
		return string(id)
	}
	if who, ok := directory.Person(id); ok && who.Name != "" {
		return who.Name
	}
	return string(id)
}

// zone is by whose clock an account reads; nil where the directory does not name
// exactly one person for it, or this host does not know their zone.
func (a *App) zone(of compliance.Account) *time.Location {
	directory, err := a.source.Directory(context.Background())
	if err != nil {
		a.log.Warn("nobody's zone is known", "error", err)
		return nil
	}
	found := directory.ByAccount(of)
	if len(found) != 1 || found[0].Zone == "" {
		return nil
	}
	zone, err := time.LoadLocation(found[0].Zone)
	if err != nil {
		a.log.Warn("a person's zone is not known here", "zone", found[0].Zone, "error", err)
		return nil
	}
	return zone
}
