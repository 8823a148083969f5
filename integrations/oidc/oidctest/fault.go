package oidctest

// Fault is a way in which the provider misbehaves.
type Fault string

// The faults. Each concerns the ID tokens made while it is set.
const (
	None           Fault = ""
	WrongNonce     Fault = "wrong nonce"
	WrongAudience  Fault = "wrong audience"
	WrongIssuer    Fault = "wrong issuer"
	OtherParty     Fault = "other authorized party"
	Expired        Fault = "expired"
	Unsigned       Fault = "unsigned" // alg "none"
	OtherKey       Fault = "signed with another key"
	OldSignIn      Fault = "old sign-in"     // whoever was signed in an hour ago is taken
	EarlierSignIn  Fault = "earlier sign-in" // as above, five minutes ago
	NoSignInTime   Fault = "no sign-in time"
	SingleFactor   Fault = "single factor" // although a second one was confirmed
	SomebodyElse   Fault = "somebody else" // than who was picked
	NoToken        Fault = "no ID token"
	LongSubject    Fault = "long subject"
	StolenResponse Fault = "another issuer in the answer" // RFC 9207
)

// Faults lists every fault, for tests.
func Faults() []Fault {
	return []Fault{
		WrongNonce, WrongAudience, WrongIssuer, OtherParty, Expired, Unsigned, OtherKey, OldSignIn, EarlierSignIn, NoSignInTime,
		SingleFactor, SomebodyElse, NoToken, LongSubject, StolenResponse,
	}
}

// Misbehave sets the fault from now on; None ends it.
func (s *Server) Misbehave(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}
