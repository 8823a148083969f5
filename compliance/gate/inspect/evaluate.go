package inspect

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/dependency"
	"github.com/lowcodex/countersign/compliance/gate"
	"github.com/lowcodex/countersign/compliance/patch"
)

// Terms is what a suite of the policy asks of one check.
type Terms struct {
	gate.Required
	Schema    json.RawMessage  // of Schema: the JSON Schema itself
	Elements  []Elements       // of Permissions
	Least     int              // of Tests and FailureInjection: how many cases must have passed
	Must      []string         // and which of them by name
	Hits      string           // of TestData: where hits stand in JSON that is not SARIF
	Sensitive []string         // of Sensitivity: data classes that need their controls on paper
	Threshold patch.Severity   // of Dependencies: what blocks
	Packages  dependency.Rules // of Allowlist
}

// Evidence is everything the checks of a suite look at.
type Evidence struct {
	Terms []Terms
	Given []gate.Given
	// Read gives the bytes of a file that was given. Its error is what is wrong with
	// the file for good; whoever calls Evaluate waits out what passes.
	Read      func(gate.Given) ([]byte, error)
	DataClass string
	Place     gate.Place
	Statement gate.Statement
	// Failed is why the database of vulnerabilities gave no answer about the manifest;
	// empty when it was not asked, or did.
	Failed string
	Now    time.Time
}

// Evaluate runs every check of the suite. What nobody handed over anything for has
// no result.
func Evaluate(e Evidence) []gate.Result {
	var out []gate.Result
	for _, t := range e.Terms {
		if r, looked := e.check(t); looked {
			out = append(out, r)
		}
	}
	return out
}

func (e Evidence) check(t Terms) (gate.Result, bool) {
	switch t.Check {
	case gate.Schema:
		return e.file(t.Check, gate.Artefact, func(b []byte) Verdict { return Schema(t.Schema, b) })
	case gate.Permissions:
		return e.file(t.Check, gate.Artefact, func(b []byte) Verdict { return Permissions(t.Elements, b) })
	case gate.Tests:
		return e.file(t.Check, gate.TestResults, func(b []byte) Verdict { return JUnit(b, t.Least, t.Must) })
	case gate.FailureInjection:
		return e.file(t.Check, gate.FaultResults, func(b []byte) Verdict { return JUnit(b, t.Least, t.Must) })
	case gate.TestData:
		return e.testData(t)
	case gate.Sensitivity:
		return e.sensitivity(t)
	case gate.CodeReview:
		g, given := gate.Of(e.Given, gate.Review)
		return gate.Reviewed(g), given
	case gate.Dependencies:
		return e.dependencies(t)
	case gate.Allowlist:
		return e.allowlist(t)
	case gate.Residency:
		return gate.Resides(e.DataClass, e.Place), true
	case gate.Limits:
		return gate.Documented(e.Statement), true
	}
	return gate.Result{}, false
}

// file has one file judged.
func (e Evidence) file(check gate.Check, part gate.Part, judge func([]byte) Verdict) (gate.Result, bool) {
	g, given := gate.Of(e.Given, part)
	if !given {
		return gate.Result{}, false
	}
	r := gate.Result{Check: check, Artefact: g.Digest, About: g.About, At: g.At.UTC(), Source: g.Name}
	if part == gate.Artefact {
		r.About = g.Digest
	}
	data, err := e.Read(g)
	if err != nil {
		r.Outcome, r.Detail = compliance.CheckError, compliance.Cut("It cannot be read: "+err.Error()+". Hand it over again.", maxWhole)
		return r, true
	}
	v := judge(data)
	r.Outcome, r.Detail = v.Outcome, v.Detail
	if !v.Made.IsZero() && v.Made.Before(r.At) { // a file says when it was made; nobody makes it younger by sending it
		r.At = v.Made
	}
	return r, true
}

// testData needs both the scanner's word and a person's: neither sees what the
// other does.
func (e Evidence) testData(t Terms) (gate.Result, bool) {
	r, given := e.file(t.Check, gate.Scan, func(b []byte) Verdict { return Scan(b, t.Hits) })
	stated, said := gate.Of(e.Given, gate.Synthetic)
	scan, _ := gate.Of(e.Given, gate.Scan)
	switch {
	case !given:
		return r, false
	case r.Outcome != compliance.CheckPass:
	case !said || stated.About != scan.About:
		r.Outcome = compliance.CheckNoData
		r.Detail = "The scanner found nothing, and nobody has stated that the test data are synthetic. State it with the results."
	default:
		r.Detail += " The test data are stated to be synthetic."
	}
	return r, true
}

// sensitivity asks for two documents where the data are sensitive; what is in
// them is for people to read.
func (e Evidence) sensitivity(t Terms) (gate.Result, bool) {
	switch {
	case e.DataClass == "":
		return gate.Result{Check: t.Check, Outcome: compliance.CheckNoData, Detail: "The change names no data class. Fill in the field data_class of its ticket."}, true
	case !slices.Contains(t.Sensitive, e.DataClass):
		return gate.Result{Check: t.Check, Outcome: compliance.CheckPass, Source: e.DataClass, Detail: "Data of the class " + e.DataClass + " need no further controls."}, true
	}
	network, some := e.file(t.Check, gate.NetworkControl, Document)
	loss, more := e.file(t.Check, gate.LossPrevention, Document)
	var missing []string
	if !some {
		missing = append(missing, "network_control")
	}
	if !more {
		missing = append(missing, "loss_prevention")
	}
	attached := gate.Attached(e.Given)
	switch {
	case len(missing) > 0:
		return gate.Result{Check: t.Check, Outcome: compliance.CheckNoData,
			Detail: "Data of the class " + e.DataClass + " need their controls on paper. Hand over: " + strings.Join(missing, ", ") + "."}, true
	case loss.Outcome != compliance.CheckPass, loss.About != attached, loss.At.Before(network.At) && network.Outcome == compliance.CheckPass && network.About == attached:
		return loss, true // the worse, or the older, of the two counts
	}
	return network, true
}
