package inspect

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

const maxCases = 50_000

// cases is what a file of test results came to. It is read as a stream: no tree
// is built, and Go's decoder knows no entities but XML's own five.
type cases struct {
	all, skipped    int
	failed, errored []string
	passed          map[string]bool
	claimed         int // by the suites' own counts
	made            time.Time
}

// JUnit judges results in the XML form that test runners write for JUnit: at
// least least cases passed, none failed or ended in an error, and each of must is
// among those that passed. A file without cases is no data; one that holds fewer
// cases than its suites claim was cut and is an error.
func JUnit(data []byte, least int, must []string) Verdict {
	c, err := readCases(data)
	if err != nil {
		return unread("The results cannot be read as JUnit XML: %v. Hand over the file that the test runner wrote.", err)
	}
	v := c.verdict(least, must)
	v.Made = c.made
	return v
}

func (c cases) verdict(least int, must []string) Verdict {
	done := c.all - c.skipped
	passed := done - len(c.failed) - len(c.errored)
	missing := slices.DeleteFunc(slices.Clone(must), func(name string) bool { return c.passed[name] })
	switch {
	case len(c.failed) > 0:
		return fail("%d of %d failed: %s. Mend them and run them again.", len(c.failed), c.all, named(c.failed))
	case len(c.errored) > 0:
		return unread("%d of %d could not be run to their end: %s. Mend what kept them from it and run them again.", len(c.errored), c.all, named(c.errored))
	case c.claimed > c.all:
		return unread("The suites count %d cases and the file holds %d. Hand over the whole file.", c.claimed, c.all)
	case done == 0:
		return empty("The file holds no case that was run. Run them, and hand over the file that the test runner wrote.")
	case len(missing) > 0:
		return empty("These have not passed, and the policy wants each of them: %s. Run them too.", named(missing))
	case passed < least:
		return empty("%d passed, and the policy wants %d. Run the whole suite.", passed, least)
	}
	return pass("%d passed, %d skipped.", passed, c.skipped)
}

func readCases(data []byte) (cases, error) {
	c := cases{passed: map[string]bool{}}
	if len(data) > MaxBytes {
		return c, fmt.Errorf("it has %d bytes; at most %d are read", len(data), MaxBytes)
	}
	d := xml.NewDecoder(bytes.NewReader(data))
	r := caseReader{cases: &c}
	for {
		token, err := d.RawToken() // no name spaces: their maps are what a bomb would grow
		switch {
		case errors.Is(err, io.EOF):
			return c, r.end()
		case err != nil:
			return c, errors.New("it is not XML")
		}
		if err := r.take(token); err != nil {
			return c, err
		}
	}
}

type caseReader struct {
	*cases
	open    []string // names of the elements that are open
	name    string   // of the case that is open
	outcome string
	seen    bool // something that holds cases
}

func (r *caseReader) take(token xml.Token) error {
	switch t := token.(type) {
	case xml.Directive:
		return errors.New("it holds a document type, which results do not need")
	case xml.StartElement:
		if len(r.open) >= maxDepth {
			return fmt.Errorf("it is nested deeper than %d levels", maxDepth)
		}
		if len(r.open) == 0 && (r.seen || t.Name.Local != "testsuites" && t.Name.Local != "testsuite") {
			return fmt.Errorf("it begins with %s and not with testsuites or testsuite", quoted(t.Name.Local))
		}
		r.open, r.seen = append(r.open, t.Name.Local), true
		return r.start(t)
	case xml.EndElement:
		if len(r.open) == 0 || r.open[len(r.open)-1] != t.Name.Local {
			return errors.New("its elements do not close in order")
		}
		r.open = r.open[:len(r.open)-1]
		if t.Name.Local == "testcase" {
			r.close()
		}
	}
	return nil
}

func (r *caseReader) start(t xml.StartElement) error {
	parent := ""
	if len(r.open) > 1 {
		parent = r.open[len(r.open)-2]
	}
	switch name := t.Name.Local; {
	case name == "testsuite" && parent != "testsuite": // what is nested is counted by what it is in
		n, _ := strconv.Atoi(attribute(t, "tests"))
		r.claimed = min(r.claimed+max(n, 0), maxCases+1)
		r.dated(attribute(t, "timestamp"))
	case name == "testcase":
		if r.all++; r.all > maxCases {
			return fmt.Errorf("it holds more than %d cases", maxCases)
		}
		r.name, r.outcome = attribute(t, "name"), "passed"
	case parent == "testcase" && (name == "failure" || name == "error" || name == "skipped"):
		if r.outcome == "passed" || name == "failure" { // the worst counts
			r.outcome = name
		}
	}
	return nil
}

func (r *caseReader) close() {
	switch r.outcome {
	case "failure":
		r.failed = append(r.failed, r.name)
		delete(r.passed, r.name)
	case "error":
		r.errored = append(r.errored, r.name)
	case "skipped":
		r.skipped++
	default:
		r.passed[r.name] = true
	}
}

// dated keeps the earliest time at which a suite began. Most runners write no
// zone and mean UTC.
func (r *caseReader) dated(stamp string) {
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05"} {
		if at, err := time.Parse(form, strings.TrimSpace(stamp)); err == nil {
			if r.made.IsZero() || at.Before(r.made) {
				r.made = at.UTC()
			}
			return
		}
	}
}

func (r *caseReader) end() error {
	switch {
	case !r.seen:
		return errors.New("it is empty")
	case len(r.open) > 0:
		return errors.New("it ends too early")
	}
	return nil
}

func attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
