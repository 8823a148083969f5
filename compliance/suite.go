package compliance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
)

// Suite is a list of requests to what a target serves, with what is expected of
// each answer: tests as data, so that they can be pinned by digest and approved.
// Its JSON names are frozen.
type Suite struct {
	Name  string      `json:"name"`
	Cases []SuiteCase `json:"cases"`
}

// SuiteCase is one request and its expectation. It is sent without the
// platform's credential: what is tested must not see it.
type SuiteCase struct {
	Name   string `json:"name"`
	Method string `json:"method"` // GET, POST, PUT, PATCH or DELETE
	// Path is below the target's address: it begins with one "/" and may have a query.
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    string            `json:"body,omitempty"`
	// WithinMS is how long the answer may take in milliseconds, 1 to 30,000;
	// 0 is 10,000.
	WithinMS int         `json:"within_ms,omitempty"`
	Expect   Expectation `json:"expect"`
}

// Expectation is what an answer must be. What is not given is not looked at.
type Expectation struct {
	Status int `json:"status"` // 100 to 599, always given
	// ContentType is the media type without parameters, e.g. "application/json".
	ContentType string `json:"content_type,omitempty"`
	// Contains is text that must occur in the body.
	Contains string `json:"contains,omitempty"`
	// JSON must be contained in the body: every member given is there with the
	// same value, arrays are equal as a whole, numbers by value.
	JSON json.RawMessage `json:"json,omitempty"`
}

// The limits of a suite. The longest one fits a step of half an hour.
const (
	MaxSuite      = 1 << 20 // bytes
	maxSuiteCases = 50
	longestCase   = 30 * time.Second
	defaultCase   = 10 * time.Second
)

// Within is how long the answer to the case may take.
func (c SuiteCase) Within() time.Duration {
	if c.WithinMS <= 0 {
		return defaultCase
	}
	return time.Duration(c.WithinMS) * time.Millisecond
}

// ParseSuite reads a suite from its JSON. The error lists everything that is
// wrong with it. A suite without cases is read: running it measures nothing.
func ParseSuite(data []byte) (Suite, error) {
	if len(data) > MaxSuite {
		return Suite{}, fmt.Errorf("suite of %d bytes; at most %d are read", len(data), MaxSuite)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var s Suite
	if err := d.Decode(&s); err != nil {
		return Suite{}, fmt.Errorf("suite: no JSON in the expected form: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Suite{}, errors.New("suite: something stands after its end")
	}
	return s, errors.Join(s.Check()...)
}

var (
	methodPattern = regexp.MustCompile(`^(GET|POST|PUT|PATCH|DELETE)$`)
	pathPattern   = regexp.MustCompile(`^/([!-~]*)$`)
	headerPattern = regexp.MustCompile(`^[A-Za-z0-9-]{1,60}$`)
)

// Check says everything that is wrong with a suite; nothing when it can be run.
func (s Suite) Check() []error {
	var out []error
	bad := func(format string, args ...any) {
		out = append(out, fmt.Errorf("suite %.40q: "+format, append([]any{s.Name}, args...)...))
	}
	if strings.TrimSpace(s.Name) == "" {
		bad("it has no name")
	}
	if len(s.Cases) > maxSuiteCases {
		bad("it has %d cases; write at most %d and split the rest into a suite of their own", len(s.Cases), maxSuiteCases)
	}
	names := map[string]bool{}
	for i, c := range s.Cases {
		at := fmt.Sprintf("case %d (%.40s): ", i+1, c.Name)
		if strings.TrimSpace(c.Name) == "" || names[c.Name] {
			bad(at + "its name is empty or used twice")
		}
		names[c.Name] = true
		for _, fault := range c.faults() {
			bad("%s%s", at, fault)
		}
	}
	return out
}

func (c SuiteCase) faults() []string {
	var out []string
	bad := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if !methodPattern.MatchString(c.Method) {
		bad("the method %.20q is none of GET, POST, PUT, PATCH, DELETE", c.Method)
	}
	path, _, _ := strings.Cut(c.Path, "?")
	switch {
	case !pathPattern.MatchString(c.Path) || strings.HasPrefix(c.Path, "//") || strings.Contains(c.Path, "#"):
		bad("the path %.60q must begin with one / and hold no space and no #", c.Path)
	case strings.Contains(path+"/", "/../") || strings.Contains(path, `\`):
		bad("the path %.60q leaves the target's address", c.Path)
	}
	for name, value := range c.Headers {
		if !headerPattern.MatchString(name) || strings.ContainsAny(value, "\r\n\x00") {
			bad("the header %.40q cannot be sent", name)
		}
		switch strings.ToLower(name) {
		case "host", "content-length", "transfer-encoding", "connection":
			bad("the header %q is the transport's", name)
		case "authorization", "cookie", "proxy-authorization":
			bad("the header %q would put a credential into the suite, which everybody may read", name)
		}
	}
	if c.WithinMS < 0 || c.Within() > longestCase {
		bad("within_ms is %d; write 1 to %d", c.WithinMS, longestCase.Milliseconds())
	}
	if c.Expect.Status < 100 || c.Expect.Status > 599 {
		bad("the expected status %d is none; write 100 to 599", c.Expect.Status)
	}
	if len(c.Expect.JSON) > 0 && !json.Valid(c.Expect.JSON) {
		bad("the expected JSON is none")
	}
	return out
}
