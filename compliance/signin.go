package compliance

import "time"

// SignIn is how strongly somebody proved who they are on the product's own
// pages, in terms of no particular identity provider. It is set by those pages
// alone; whatever any other surface or command sends in its place is dropped,
// and the judge believes it only with the Proof that those pages can make.
type SignIn struct {
	// At is when the person authenticated at the provider, which is not when the
	// provider was asked: somebody who was signed in already has an older one.
	At time.Time `json:"at"`
	// Methods are the authentication method references of RFC 8176, such as
	// "pwd", "otp" and "mfa", in the provider's order; at most 16.
	Methods []string `json:"methods,omitempty"`
	// Context is the authentication context class, an agreement between the
	// organisation and its provider.
	Context string `json:"context,omitempty"`
	// Session is a digest that tells one session at the provider from another and
	// says nothing else.
	Session string `json:"session,omitempty"`
	// Issuer is who vouches for it: the provider's issuer identifier.
	Issuer string `json:"issuer,omitempty"`
	// For is the account for which the sign-in was asked: whoever signed in must
	// be the same person in the directory.
	For Account `json:"for,omitzero"`
	// Proof ties the sign-in to this one act, under a key that the pages and the
	// judge share. It is no part of any record.
	Proof string `json:"proof,omitempty"`
}
