package policy

import (
	"time"

	"github.com/lowcodex/countersign/compliance/change"
)

// ProviderSignIn is the provider of the accounts that people sign in with, for
// levels that need it: the account is the subject identifier ("sub") that the
// one configured identity provider gives the person.
const ProviderSignIn = "oidc"

// Chain is an ordered list of approval levels.
type Chain struct {
	Name   string
	Levels []change.Level // at least one, in order
	// Validity is how long an approval stands from the moment of approval
	// (C31); elapsed time.
	Validity time.Duration
	// Resubmit is how long a rejected or expired change waits for a new
	// version before it counts as withdrawn; elapsed time.
	Resubmit time.Duration
	// HoldLimit is how long a change may be on hold before it counts as withdrawn
	// (C3); elapsed time.
	HoldLimit time.Duration
	OnLost    change.LostEligibility
}
