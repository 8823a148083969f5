package stepup

import (
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// LinkLife is how long a link leads anywhere: long enough to find the phone with
// the second factor, too short to be of use in a log.
const LinkLife = 10 * time.Minute

// Path is where the gateway's sign-in pages begin; Param is the query parameter
// that holds a link's token.
const (
	Path  = "/signin"
	Param = "link"
)

const purposeLink = "link"

// Link is what a signed link binds: one act of one account, as that account saw it.
type Link struct {
	Account compliance.Account `json:"a"`
	Subject string             `json:"s"`
	Action  string             `json:"c"`
	Ref     string             `json:"r"`
	Message string             `json:"m,omitempty"` // where the card is, for the record
}

// complete reports whether a link binds anything.
func (l Link) complete() bool {
	return l.Account.Provider != "" && l.Account.ID != "" && l.Subject != "" && l.Action != "" && l.Ref != ""
}

// Links makes links and judges proofs. Base is the address under which people
// reach the gateway, without a slash at the end; empty makes no links.
type Links struct {
	Key  *Key
	Base string
	Now  func() time.Time // time.Now when nil
}

func (l Links) now() time.Time {
	if l.Now == nil {
		return time.Now()
	}
	return l.Now()
}

// Link is the address at which the sender of an act can sign in and then carry
// it out; for one that came with a sign-in, the account for which that was
// asked. It is empty where none can be made: without Base, or for an act that is
// bound to nothing. It lives for LinkLife.
func (l Links) Link(in compliance.Inbound) string {
	to := Link{Account: in.Actor, Subject: in.Subject, Action: in.Action, Ref: in.Ref, Message: in.Message}
	if in.SignIn != nil {
		to.Account = in.SignIn.For
	}
	if l.Base == "" || l.Key == nil || !to.complete() {
		return ""
	}
	token, err := l.Key.Seal(purposeLink, to, l.now().Add(LinkLife))
	if err != nil {
		return "" // too long to be an address; the act's own limits are far below
	}
	return strings.TrimSuffix(l.Base, "/") + Path + "?" + Param + "=" + token
}

// Read reads a link's token; the error is ErrBroken or ErrExpired.
func (l Links) Read(token string) (Link, error) {
	var to Link
	if err := l.Key.Open(purposeLink, token, l.now(), &to); err != nil {
		return Link{}, err
	}
	if !to.complete() {
		return Link{}, ErrBroken
	}
	return to, nil
}
