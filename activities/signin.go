package activities

import (
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/policy"
)

// signIn is what is believed of the sign-in an act came with.
type signIn struct {
	proven *compliance.SignIn  // nil when there was none, or none that is ours
	linked compliance.PersonID // whose link it was; empty when the account is nobody's now
	forged bool                // there was one, and it is not ours
}

// believed checks where an act's sign-in comes from, and resolves the account
// for which it was asked with the directory as it is now.
func (j *Judgement) believed(dir *policy.Directory, in compliance.Inbound) signIn {
	switch {
	case in.SignIn == nil:
		return signIn{}
	case j.SignIns == nil || !j.SignIns.Proven(in):
		return signIn{forged: true}
	}
	person, _ := theOne(dir, in.SignIn.For)
	return signIn{proven: in.SignIn, linked: person.ID}
}

// link is where somebody can sign in whose act lacked just that.
func (j *Judgement) link(in compliance.Inbound, reason change.Reason) string {
	switch reason {
	case change.StepUpNeeded, change.StepUpStale, change.StepUpWeak:
		if j.SignIns != nil {
			return j.SignIns.Link(in)
		}
	}
	return ""
}
