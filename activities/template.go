package activities

import (
	"fmt"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/policy"
)

// standard holds a version against the template that it names, and gives the chain
// that decides on it; empty for a change that names none. What differs from what was
// approved as a template is refused here, before anybody is asked.
func (o *ResolvedRoute) standard(rules *policy.Rules, s change.Snapshot, now time.Time) (string, error) {
	if s.Template == "" {
		return "", nil
	}
	t, ok := rules.Template(s.Template)
	if !ok {
		o.refuse(change.TemplateUnknown, fmt.Sprintf("The rules have no template %q. Correct the name, or leave it out.", s.Template))
		return "", nil
	}
	reason, missing := t.Judge(s, now)
	for _, text := range missing {
		o.refuse(reason, text)
	}
	use, err := t.Use()
	if err != nil {
		return "", &compliance.Failure{Class: compliance.Invalid, Op: "resolve template " + t.Name, Detail: err.Error()}
	}
	o.Route.Template = &use
	return t.Chain, nil
}
