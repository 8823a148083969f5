package inspect

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/dependency"
	"github.com/lowcodex/countersign/compliance/gate"
)

// mostLines bounds the packages that a detail names.
const mostLines = 4

// dependencies judges the packages of custom code by what is known of them
// (requirement 10). What is known ages, so the check is as old as the answer.
func (e Evidence) dependencies(t Terms) (gate.Result, bool) {
	known := dependency.Findings{Standing: dependency.SourceFailed, Note: e.Failed}
	found, asked := gate.Of(e.Given, gate.Findings)
	manifest, given := gate.Of(e.Given, gate.Manifest)
	if asked = asked && found.Of == manifest.Digest && e.Failed == ""; asked {
		data, err := e.Read(found)
		if known = (dependency.Findings{}); err == nil { // what it leaves out must not stay as it was
			err = json.Unmarshal(data, &known)
		}
		if err != nil {
			known = dependency.Findings{Standing: dependency.SourceFailed, Note: "what was found cannot be read"}
		}
	}
	r, ok := e.file(t.Check, gate.Manifest, func(b []byte) Verdict {
		m, err := dependency.Parse(manifest.Name, b)
		switch {
		case err != nil:
			return unread("The manifest cannot be used: %v. Hand over another.", err)
		case !asked && e.Failed == "":
			return empty("What is known of its packages is being looked up. The answer follows on the card.")
		}
		return packages(dependency.Judge(m, known, t.Threshold))
	})
	if given && asked {
		r.At = found.At.UTC()
	}
	return r, ok
}

// allowlist judges the packages by the list of the policy (requirement 11). An
// entry that ends takes the pass with it.
func (e Evidence) allowlist(t Terms) (gate.Result, bool) {
	manifest, _ := gate.Of(e.Given, gate.Manifest)
	var until time.Time
	r, ok := e.file(t.Check, gate.Manifest, func(b []byte) Verdict {
		m, err := dependency.Parse(manifest.Name, b)
		if err != nil {
			return unread("The manifest cannot be used: %v. Hand over another.", err)
		}
		until = ends(m, t.Packages, e.Now)
		return packages(dependency.Allow(m, t.Packages, e.Now))
	})
	if r.Outcome == compliance.CheckPass {
		r.Until = until
	}
	return r, ok
}

func packages(v dependency.Verdict) Verdict {
	return Verdict{Outcome: v.Outcome, Detail: compliance.Cut(strings.Join(v.Detail(mostLines), " "), maxWhole)}
}

// ends is when the first entry ends that names a package of the manifest.
func ends(m dependency.Manifest, rules dependency.Rules, now time.Time) time.Time {
	var first time.Time
	for _, rule := range rules.Packages {
		if rule.Until.IsZero() || !now.Before(rule.Until) || !first.IsZero() && !rule.Until.Before(first) {
			continue
		}
		scope, whole := strings.CutSuffix(plain(rule.Package), "*")
		for _, c := range m.Components {
			if name := plain(c.Package); name == scope || whole && strings.HasPrefix(name, scope) {
				first = rule.Until.UTC()
				break
			}
		}
	}
	return first
}

// plain is a package URL as people write it.
func plain(url string) string { return strings.ReplaceAll(url, "%40", "@") }
