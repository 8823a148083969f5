package integrationtest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
)

// check runs one call of a subject.
type check struct {
	subject Subject
	call    int
}

// patience bounds one call of a check: the time-out per request several times
// over, for calls that make several requests.
const patience = 20 * time.Second

func (c check) open(t *testing.T) (*bench, Call) {
	b := open(t, c.subject)
	return b, b.calls[c.call]
}

// do performs the call and looks for secrets in whatever came of it.
func (c check) do(t *testing.T, b *bench, call Call, repeat bool) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err := call.Do(ctx, repeat)
	b.noSecrets(t, err)
	return err
}

func (c check) works(t *testing.T) {
	b, call := c.open(t)
	require.NoError(t, c.do(t, b, call, false))
	if call.Write {
		require.Equal(t, 1, call.Effects(), "a write has one effect")
		require.NoError(t, c.do(t, b, call, true), "a repetition after success is no error")
		if !call.Idempotent {
			require.Equal(t, 1, call.Effects(), "a repetition after success has no second effect")
		}
	}
}

// table is the class that every integration must give to a refused request.
func table(write bool) map[int]compliance.Class {
	uncertain := compliance.Unavailable
	if write {
		uncertain = compliance.UnknownOutcome
	}
	return map[int]compliance.Class{
		http.StatusBadRequest: compliance.Invalid, http.StatusUnprocessableEntity: compliance.Invalid,
		http.StatusUnauthorized: compliance.Blocked, http.StatusForbidden: compliance.Blocked,
		http.StatusNotFound: compliance.Gone, http.StatusGone: compliance.Gone,
		http.StatusConflict: compliance.Conflict, http.StatusTooManyRequests: compliance.Throttled,
		http.StatusRequestTimeout:      uncertain,
		http.StatusInternalServerError: uncertain, http.StatusBadGateway: uncertain,
		http.StatusServiceUnavailable: uncertain, http.StatusGatewayTimeout: uncertain,
		http.StatusFound: compliance.Blocked,
	}
}

func (c check) statuses(t *testing.T) {
	b, call := c.open(t)
	if call.AnyStatus {
		t.Log("this call treats refusals itself")
		return
	}
	// The refusal repeats the secrets, as an echoing proxy does.
	echo := fmt.Sprintf(`{"ok":false,"error":"injected_fault","errorMessages":["you sent %s"],"errors":{}}`, strings.Join(c.subject.Secrets, " and "))
	for status, want := range table(call.Write) {
		if own, ok := call.Classes[status]; ok {
			want = own
		}
		b.faults.Add(faults.Fault{Kind: faults.Status, Match: call.match(), Status: status, Body: echo, Header: http.Header{"Location": {"https://elsewhere.invalid/?token=" + first(c.subject.Secrets)}}})
		err := c.do(t, b, call, false)
		require.Error(t, err, "status %d", status)
		require.Equal(t, want, compliance.ClassOf(err), "status %d: %v", status, err)
		b.requireFailure(t, err)
		b.faults.Clear()
	}
	if call.Write {
		require.Zero(t, call.Effects(), "a refused write has no effect")
	}
}

func (c check) retryAfter(t *testing.T) {
	b, call := c.open(t)
	header := http.Header{"Retry-After": {"7"}}
	b.faults.Add(faults.Fault{Kind: faults.Status, Match: call.match(), Status: http.StatusTooManyRequests, Header: header})
	f := b.requireFailure(t, c.do(t, b, call, false))
	require.Equal(t, compliance.Throttled, f.Class)
	require.Equal(t, 7*time.Second, f.RetryAfter, "Retry-After in seconds")

	if call.NoRetryDate {
		return
	}
	at := time.Now().Add(90 * time.Second)
	header = http.Header{"Retry-After": {at.UTC().Format(http.TimeFormat)}}
	b.faults.Add(faults.Fault{Kind: faults.Status, Match: call.match(), Status: http.StatusTooManyRequests, Header: header})
	f = b.requireFailure(t, c.do(t, b, call, false))
	require.Equal(t, compliance.Throttled, f.Class)
	require.InDelta(t, 90, f.RetryAfter.Seconds(), 5, "Retry-After as a date")
}

// lost loses the request or its answer. Whatever the class says, a repetition
// that says so leaves exactly one effect.
func (c check) lost(t *testing.T) {
	for _, f := range []faults.Fault{
		{Kind: faults.Hang}, {Kind: faults.Hang, After: true},
		{Kind: faults.Reset}, {Kind: faults.Reset, After: true},
	} {
		t.Run(fmt.Sprintf("%s after=%v", f.Kind, f.After), func(t *testing.T) { c.uncertain(t, f) })
	}
}

// unusable answers with a success that is none. The table of classes is the
// same: after a write nobody knows.
func (c check) unusable(t *testing.T) {
	for _, f := range []faults.Fault{
		{Kind: faults.CutJSON}, {Kind: faults.HTML}, {Kind: faults.HTML, After: true}, {Kind: faults.Huge},
		{Kind: faults.Status, Status: http.StatusBadGateway, After: true},
	} {
		t.Run(fmt.Sprintf("%s after=%v", f.Kind, f.After), func(t *testing.T) { c.uncertain(t, f) })
	}
}

func (c check) uncertain(t *testing.T, f faults.Fault) {
	b, call := c.open(t)
	f.Match = call.match()
	if !call.Write {
		// net/http repeats a GET by itself when a kept-alive connection dies.
		f.Times = -1
	}
	b.faults.Add(f)
	err := c.do(t, b, call, false)
	require.Positive(t, b.faults.Hits(), "the fault must meet the call: check Match")
	done := f.After || f.Kind == faults.CutJSON
	switch {
	case call.Write && err == nil:
		// The call looked by itself and found its effect; or had none to lose.
		require.True(t, done, "no effect and no error")
	case call.Write:
		b.requireFailure(t, err)
		want := compliance.UnknownOutcome
		if own, ok := call.Classes[f.Status]; ok && f.Kind == faults.Status {
			want = own
		}
		require.Equal(t, want, compliance.ClassOf(err), "%v", err)
	default:
		b.requireFailure(t, err)
		require.Equal(t, compliance.Unavailable, compliance.ClassOf(err), "%v", err)
	}
	b.faults.Clear()
	require.NoError(t, c.do(t, b, call, true), "the repetition")
	if call.Write && !call.Idempotent {
		require.Equal(t, 1, call.Effects(), "one effect after the repetition")
	}
}

// refused connects to an address where nobody listens: nothing was sent.
func (c check) refused(t *testing.T) {
	b, _ := c.open(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := l.Addr().String()
	require.NoError(t, l.Close())
	call := b.connect("http://" + addr)[c.call]
	err = c.do(t, b, call, false)
	b.requireFailure(t, err)
	require.Equal(t, compliance.Unavailable, compliance.ClassOf(err), "%v", err)
}

// cancelled cancels the call before it begins and while it waits for an answer.
func (c check) cancelled(t *testing.T) {
	b, call := c.open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := call.Do(ctx, false)
	b.requireFailure(t, err)
	b.noSecrets(t, err)
	require.ErrorIs(t, err, context.Canceled)
	if call.Write {
		require.Zero(t, call.Effects(), "a call that was cancelled before it began has no effect")
	}

	b.faults.Add(faults.Fault{Kind: faults.Hang, Match: call.match(), Times: -1})
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	hit := b.faults.Hit()
	done := make(chan error, 1)
	go func() { done <- call.Do(ctx, false) }()
	select {
	case <-hit:
	case err := <-done:
		require.Fail(t, "the call ended before its request arrived", "%v", err)
	}
	cancel()
	select {
	case err = <-done:
	case <-time.After(patience):
		require.Fail(t, "the call did not end when it was cancelled")
	}
	b.requireFailure(t, err)
	b.noSecrets(t, err)
	want := compliance.Unavailable
	if call.Write {
		want = compliance.UnknownOutcome
	}
	require.Equal(t, want, compliance.ClassOf(err), "%v", err)
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
