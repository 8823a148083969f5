package change

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

const (
	// SignInAge is how old a sign-in may be when the decision arrives: long enough
	// to read what is attested to, too short for a desk that was left.
	SignInAge = 10 * time.Minute
	// SignInSkew is how far the provider's clock may be ahead of ours.
	SignInSkew = 2 * time.Minute
)

// Factors says what counts as more than one factor (C18), in the provider's
// own words. Every list that is set must be met: Contexts when the context class
// is one of them; Methods when every method of at least one entry was used. The
// zero value is met by the method "mfa" of RFC 8176, and by nothing else.
type Factors struct {
	Contexts []string
	Methods  [][]string
}

// ParseFactors reads comma-separated lists: context classes, and methods, of
// which several joined by "+" are one entry, such as "mfa,pwd+otp". The error
// says what to write: an entry that only repeats what somebody knows is no
// second factor, and context class "0" is defined as no assurance at all
// (OpenID Connect Core 1.0, section 2).
func ParseFactors(contexts, methods string) (Factors, error) {
	var f Factors
	var errs []error
	for _, c := range split(contexts, ",") {
		if c == "0" {
			errs = append(errs, errors.New(`context class "0" stands for no assurance: name the class that demands a second factor`))
		}
		f.Contexts = append(f.Contexts, c)
	}
	for _, entry := range split(methods, ",") {
		all := split(entry, "+")
		known := func(m string) bool { return slices.Contains([]string{"pwd", "pin", "kba"}, m) }
		if !slices.ContainsFunc(all, func(m string) bool { return !known(m) }) {
			errs = append(errs, fmt.Errorf(`the method %q proves knowledge only: write "mfa", or join it to another such as "pwd+otp"`, entry))
		}
		f.Methods = append(f.Methods, all)
	}
	return f, errors.Join(errs...)
}

func split(list, by string) []string {
	var out []string
	for _, s := range strings.Split(list, by) {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// Judge says whether a sign-in proves more than one factor and is fresh at the
// instant at which the decision arrived: OK, StepUpNeeded without one,
// StepUpStale or StepUpWeak.
func (f Factors) Judge(s *compliance.SignIn, at time.Time) Reason {
	switch {
	case s == nil:
		return StepUpNeeded
	case s.At.IsZero(), at.Sub(s.At) > SignInAge, s.At.Sub(at) > SignInSkew:
		return StepUpStale // an unknown time is no fresh one
	case !f.metBy(s):
		return StepUpWeak
	}
	return OK
}

func (f Factors) metBy(s *compliance.SignIn) bool {
	methods := f.Methods
	if len(f.Contexts) == 0 && len(methods) == 0 {
		methods = [][]string{{"mfa"}}
	}
	if len(f.Contexts) > 0 && !slices.Contains(f.Contexts, s.Context) {
		return false
	}
	return len(methods) == 0 || slices.ContainsFunc(methods, func(all []string) bool {
		return len(all) > 0 && !slices.ContainsFunc(all, func(m string) bool { return !slices.Contains(s.Methods, m) })
	})
}

// Votes reports whether an action is a vote, which a level with step-up guards.
func Votes(action string) bool {
	return action == ActionApprove || action == ActionDeny || action == ActionAbstain
}

// SignedInAs is what goes on record of a sign-in, nil without one.
func SignedInAs(s *compliance.SignIn) *SignedIn {
	if s == nil {
		return nil
	}
	return &SignedIn{At: s.At.UTC(), Methods: s.Methods, Context: s.Context, Issuer: s.Issuer, Session: s.Session, For: s.For}
}
