package httpcall_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/httpcall"
)

func TestClassOfStatus(t *testing.T) {
	for _, c := range []struct {
		status      int
		read, write compliance.Class
	}{
		{200, compliance.Unavailable, compliance.UnknownOutcome},
		{302, compliance.Blocked, compliance.Blocked},
		{400, compliance.Invalid, compliance.Invalid},
		{401, compliance.Blocked, compliance.Blocked},
		{402, compliance.Blocked, compliance.Blocked},
		{403, compliance.Blocked, compliance.Blocked},
		{404, compliance.Gone, compliance.Gone},
		{405, compliance.Invalid, compliance.Invalid},
		{407, compliance.Blocked, compliance.Blocked},
		{408, compliance.Unavailable, compliance.UnknownOutcome},
		{409, compliance.Conflict, compliance.Conflict},
		{410, compliance.Gone, compliance.Gone},
		{412, compliance.Conflict, compliance.Conflict},
		{413, compliance.Invalid, compliance.Invalid},
		{418, compliance.Invalid, compliance.Invalid},
		{420, compliance.Throttled, compliance.Throttled},
		{422, compliance.Invalid, compliance.Invalid},
		{423, compliance.Conflict, compliance.Conflict},
		{425, compliance.Unavailable, compliance.UnknownOutcome},
		{429, compliance.Throttled, compliance.Throttled},
		{451, compliance.Refused, compliance.Refused},
		{500, compliance.Unavailable, compliance.UnknownOutcome},
		{501, compliance.Invalid, compliance.Invalid},
		{502, compliance.Unavailable, compliance.UnknownOutcome},
		{503, compliance.Unavailable, compliance.UnknownOutcome},
		{504, compliance.Unavailable, compliance.UnknownOutcome},
		{599, compliance.Unavailable, compliance.UnknownOutcome},
	} {
		require.Equal(t, c.read, httpcall.ClassOfStatus(http.MethodGet, c.status), "GET %d", c.status)
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			require.Equal(t, c.write, httpcall.ClassOfStatus(method, c.status), "%s %d", method, c.status)
		}
	}
}

// A write is never said to be without effect when the answer leaves it open.
func TestPropertyUncertainWritesAreNeverUnavailable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		status := rapid.IntRange(100, 999).Draw(t, "status")
		method := rapid.SampledFrom([]string{"POST", "PUT", "PATCH", "DELETE", "WHATEVER"}).Draw(t, "method")
		class := httpcall.ClassOfStatus(method, status)
		require.Contains(t, compliance.Classes(), class)
		require.NotEqual(t, compliance.Unavailable, class)
		if status >= 500 && status != 501 {
			require.Equal(t, compliance.UnknownOutcome, class)
		}
	})
}

func TestClassOfErrors(t *testing.T) {
	dial := func(err error) error {
		return &url.Error{Op: "Post", URL: "https://example.com/secret-path?token=abc", Err: &net.OpError{Op: "dial", Net: "tcp", Err: err}}
	}
	read := func(err error) error {
		return &url.Error{Op: "Post", URL: "https://example.com/secret-path?token=abc", Err: &net.OpError{Op: "read", Net: "tcp", Err: err}}
	}
	for name, c := range map[string]struct {
		err         error
		read, write compliance.Class
		is          error
	}{
		"refused":           {dial(os.NewSyscallError("connect", syscall.ECONNREFUSED)), compliance.Unavailable, compliance.Unavailable, syscall.ECONNREFUSED},
		"no route":          {dial(syscall.EHOSTUNREACH), compliance.Unavailable, compliance.Unavailable, nil},
		"unknown name":      {&net.DNSError{Err: "no such host", Name: "example.invalid"}, compliance.Unavailable, compliance.Unavailable, nil},
		"certificate":       {fmt.Errorf("tls: %w", x509.UnknownAuthorityError{}), compliance.Blocked, compliance.Blocked, nil},
		"certificate name":  {x509.HostnameError{Certificate: &x509.Certificate{}, Host: "x"}, compliance.Blocked, compliance.Blocked, nil},
		"reset":             {read(syscall.ECONNRESET), compliance.Unavailable, compliance.UnknownOutcome, syscall.ECONNRESET},
		"cut":               {io.ErrUnexpectedEOF, compliance.Unavailable, compliance.UnknownOutcome, io.ErrUnexpectedEOF},
		"closed":            {io.EOF, compliance.Unavailable, compliance.UnknownOutcome, nil},
		"time-out":          {context.DeadlineExceeded, compliance.Unavailable, compliance.UnknownOutcome, context.DeadlineExceeded},
		"cancelled":         {context.Canceled, compliance.Unavailable, compliance.UnknownOutcome, context.Canceled},
		"anything else":     {errors.New("odd https://example.com/secret-path"), compliance.Unavailable, compliance.UnknownOutcome, nil},
		"nothing was known": {nil, compliance.Unavailable, compliance.UnknownOutcome, nil},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.read, httpcall.Classify("op", http.MethodGet, nil, nil, c.err).Class)
			f := httpcall.Classify("op", http.MethodPost, nil, nil, c.err)
			require.Equal(t, c.write, f.Class)
			if c.is != nil {
				require.ErrorIs(t, f, c.is)
				require.NotContains(t, fmt.Sprintf("%+v", f.Err), "example.com")
			}
			require.NotContains(t, f.Error(), "example.com")
			require.NotContains(t, f.Error(), "secret-path")
		})
	}
}

func TestClassifyQuotesTheOtherSidesReason(t *testing.T) {
	answer := &http.Response{StatusCode: 400, Header: http.Header{}}
	body := []byte(`{"errorMessages":["first\nsecond"],"errors":{"summary":"You must specify a summary."}}`)
	f := httpcall.Classify("open ticket", http.MethodPost, answer, body, nil)
	require.Equal(t, "open ticket: invalid: HTTP 400 Bad Request: first second; summary: You must specify a summary.", f.Error())

	answer = &http.Response{StatusCode: 429, Header: http.Header{"Retry-After": {"12"}}}
	f = httpcall.Classify("open ticket", http.MethodPost, answer, []byte("<html>busy</html>"), nil)
	require.Equal(t, "open ticket: throttled: HTTP 429 Too Many Requests", f.Error())
	require.Equal(t, 12*time.Second, f.RetryAfter)
}

func TestReason(t *testing.T) {
	for body, want := range map[string]string{
		`{"ok":false,"error":"channel_not_found"}`:                                      "channel_not_found",
		`{"error":{"message":"Invalid Input Provided","code":2001,"errors":["a","b"]}}`: "errors: a; errors: b; message: Invalid Input Provided",
		`{"message":"nope"}`:               "nope",
		`{"errorMessages":[],"errors":{}}`: "",
		`[1,2]`:                            "",
		`<html>`:                           "",
		``:                                 "",
		`{"errors":{"a":{"b":{"c":{"d":"too deep"}}}}}`: "",
	} {
		require.Equal(t, want, httpcall.Reason([]byte(body)), body)
	}
}

func FuzzReason(f *testing.F) {
	f.Add([]byte(`{"errorMessages":["x"],"errors":{"a":"b"}}`))
	f.Add([]byte(`{"error":{"message":"x","errors":["y"]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		resp := &http.Response{StatusCode: 400, Header: http.Header{}}
		failure := httpcall.Classify("op", http.MethodPost, resp, body, nil)
		if n := len([]rune(failure.Detail)); n > 500 {
			t.Fatalf("detail of %d characters", n)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"7": 7 * time.Second, "0": time.Second, "1.5": 1500 * time.Millisecond, "-3": 0, "soon": 0, "": 0, "NaN": 0,
		"999999999999999999999": time.Hour, "inf": time.Hour,
		"Sat, 21 Nov 2026 10:01:30 GMT": 90 * time.Second,
		"Sat, 21 Nov 2026 09:00:00 GMT": time.Second,
		"Sat, 21 Nov 2037 09:00:00 GMT": time.Hour,
	} {
		require.Equal(t, want, httpcall.RetryAfter(http.Header{"Retry-After": {value}}, now), "%q", value)
	}
	require.Equal(t, 4*time.Second, httpcall.RetryAfter(http.Header{"Ratelimit-Reset": {"4"}}, now))
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("7")
	f.Add("Sat, 21 Nov 2026 10:01:30 GMT")
	f.Fuzz(func(t *testing.T, value string) {
		d := httpcall.RetryAfter(http.Header{"Retry-After": {value}}, time.Unix(0, 0))
		if d != 0 && (d < time.Second || d > time.Hour) {
			t.Fatalf("%q gives %v", value, d)
		}
	})
}
