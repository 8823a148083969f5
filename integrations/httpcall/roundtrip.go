package httpcall

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/lowcodex/countersign/compliance/checkup"
)

// Signed is a webhook as a vendor would send it to our gateway, of a kind that the
// handler takes and that means nothing: it opens nothing and records nothing.
type Signed struct {
	Gateway string // COUNTERSIGN_PUBLIC_URL: the origin at which vendors reach the gateway; empty: not known here
	Path    string
	Header  http.Header
	Body    string
	Answer  string // what only the handler answers
	Secret  string // the variable that holds the secret it is signed with
}

const opRoundTrip = "send a signed request to the gateway"

var errOtherAnswer = errors.New("the answer is not the gateway's")

// RoundTrip sends it, at the address at which the vendor reaches the gateway. That
// it is taken says that the address leads there and that the gateway has the same
// secret; that the vendor has it only a real delivery shows.
func RoundTrip(ctx context.Context, cfg Config, part checkup.Part, s Signed) checkup.Check {
	const item = "requests at the gateway"
	if s.Gateway == "" {
		return part.Wrong(item, checkup.Unseen, "COUNTERSIGN_PUBLIC_URL is not set where this ran",
			"set it for the role activities too, so that the way to the gateway can be tried")
	}
	cfg.Vendor, cfg.AnyType, cfg.Limits = "gateway", true, nil
	wire := New(cfg)
	ctx, x := wire.Begin(ctx, opRoundTrip)
	err := s.send(ctx, wire.Client())
	seen := fmt.Sprintf("HTTP %d at %s", x.Status(), s.Path)
	switch {
	case err == nil:
		return part.OK(item, "a signed request is taken at %s", s.Path)
	case x.Status() == http.StatusUnauthorized:
		return part.Wrong(item, checkup.Refused, seen, "give the gateway and the role activities the same "+s.Secret+"; if they have it, compare the hosts' clocks")
	case x.Status() == http.StatusNotFound, errors.Is(err, errOtherAnswer):
		return part.Wrong(item, checkup.ElsewhereAPI, seen,
			"set COUNTERSIGN_PUBLIC_URL to the gateway's own address, and let whatever stands before it pass "+s.Path+" on unchanged")
	}
	return x.Check(part, item, x.Failure(err), "", "COUNTERSIGN_PUBLIC_URL", "look at the gateway's log")
}

func (s Signed) send(ctx context.Context, caller *http.Client) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Gateway+s.Path, strings.NewReader(s.Body))
	if err != nil {
		return err
	}
	req.Header = s.Header
	resp, err := caller.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return err
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return errors.New(resp.Status)
	case !strings.Contains(string(answer), s.Answer):
		return errOtherAnswer
	}
	return nil
}
