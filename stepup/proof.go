package stepup

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"github.com/lowcodex/countersign/compliance"
)

// Prove returns the act with the proof that its sign-in is from the pages that
// hold the key, and belongs to this act as it stands. Without a sign-in there is
// nothing to prove.
func (l Links) Prove(in compliance.Inbound) compliance.Inbound {
	if in.SignIn == nil {
		return in
	}
	signIn := *in.SignIn
	signIn.Proof = base64.RawURLEncoding.EncodeToString(l.Key.mac(in))
	in.SignIn = &signIn
	return in
}

// Proven reports whether an act's sign-in is what the pages proved. Whoever may
// write into the process engine can put any sign-in into an act, but not this.
func (l Links) Proven(in compliance.Inbound) bool {
	if in.SignIn == nil || l.Key == nil {
		return false
	}
	given, err := base64.RawURLEncoding.Strict().DecodeString(in.SignIn.Proof)
	return err == nil && hmac.Equal(given, l.Key.mac(in))
}

// mac covers everything an act says but the proof. Each text goes in with its
// length, so that no two acts have the same input; the list is fixed under its
// label, so that an older gateway's proof holds at a newer judge.
func (k *Key) mac(in compliance.Inbound) []byte {
	h := hmac.New(sha256.New, k.proof)
	number := func(n int64) { _ = binary.Write(h, binary.BigEndian, n) } // a hash takes everything
	text := func(all ...string) {
		for _, s := range all {
			number(int64(len(s)))
			h.Write([]byte(s))
		}
	}
	text("act v1", in.Delivery, in.Surface, in.Actor.Provider, in.Actor.ID, in.Subject, in.Action, in.Ref, in.Message)
	number(in.Received.UnixNano())
	if in.Acted.IsZero() {
		number(0)
	} else {
		number(in.Acted.UnixNano())
	}
	number(int64(len(in.Answers)))
	for _, a := range in.Answers {
		text(a.Name, a.Value, a.Shown)
	}
	s := in.SignIn
	number(s.At.UnixNano())
	number(int64(len(s.Methods)))
	text(s.Methods...)
	text(s.Context, s.Session, s.Issuer, s.For.Provider, s.For.ID)
	return h.Sum(nil)
}
