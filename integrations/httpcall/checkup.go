package httpcall

import (
	"errors"
	"net/http"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/checkup"
)

// Check is what the end of a call says about an item: OK with detail when err is
// nil. An answer that is no answer of the interface, such as a proxy's page or a
// redirect to a sign-in, is told apart from silence and from a refusal, for each
// is mended elsewhere. variable names what holds the address.
func (x *Exchange) Check(part checkup.Part, item string, err error, detail, variable, mend string) checkup.Check {
	if err == nil {
		return part.OK(item, "%s", detail)
	}
	status := x.Status()
	if x.unreadable() || status >= 300 && status < 400 {
		return part.Wrong(item, checkup.ElsewhereAPI, err.Error(), "correct "+variable+", and let no proxy or sign-in page stand before it")
	}
	var f *compliance.Failure
	if errors.As(err, &f) && f.Class == compliance.Unavailable && status == 0 {
		return part.Wrong(item, checkup.Unreachable, f.Error(), "check "+variable+", and that the host of the worker reaches it: name resolution, proxy, firewall")
	}
	return part.Failed(item, err, mend)
}

// unreadable reports whether the last answer was a success in no form that the
// interface has.
func (x *Exchange) unreadable() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	var answer *answerError
	return errors.As(x.err, &answer)
}

// Clock compares our clock with the Date of the last answer (RFC 9110, section
// 6.6.1); false when it has none.
func (x *Exchange) Clock(part checkup.Part, now time.Time) (checkup.Check, bool) {
	theirs, err := http.ParseTime(x.Header("Date"))
	if err != nil {
		return checkup.Check{}, false
	}
	return part.Clock(now, theirs), true
}
