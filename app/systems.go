package app

import (
	"context"

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
