package demo

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/lowcodex/countersign/sandbox/stage"
)

const (
	// soak is how long a ring of the demo has to stay healthy.
	soak = 3 * time.Second
	// delay is how long a level of the demo's escalation waits.
	delay = 5 * time.Second
)

// WritePolicy writes the policy that the stories are played under: the example's,
// with what takes hours there taking seconds. It says what differs. A policy that
// is there already stays, and the stories then take as long as it says.
func WritePolicy(dir string, out io.Writer) error {
	err := stage.WriteExample(dir)
	if errors.Is(err, fs.ErrExist) {
		_, _ = fmt.Fprintf(out, "  the policy in %s is used as it is; its soaks and delays are kept\n", dir)
		return nil
	}
	if err != nil {
		return err
	}
	soaks := regexp.MustCompile(`soak: \w+`)
	for _, e := range []struct {
		file string
		edit func(string) string
	}{
		{"rules/patch.yaml", func(s string) string { return soaks.ReplaceAllString(s, "soak: "+soak.String()) }},
		{"rules/systems.yaml", func(s string) string { return strings.Replace(s, "        calendar: yard\n", "", 1) }},
		{"rules/escalation.yaml", func(s string) string {
			s = strings.Replace(s, "      - name: On call\n        targets: [{kind: rotation, name: follow-the-sun}]\n        delay: 5m",
				"      - name: On call\n        targets: [{kind: person, name: p-goran}]\n        delay: "+delay.String(), 1)
			return strings.Replace(s, "targets: [{kind: rotation, name: follow-the-sun}, {kind: manager}]", "targets: [{kind: person, name: p-goran}, {kind: manager}]", 1)
		}},
	} {
		if err := edit(filepath.Join(dir, e.file), e.edit); err != nil {
			return err
		}
	}
	_, _ = fmt.Fprintf(out, "  a policy for the demo: the example's, but a ring soaks for %s instead of 4 and 24 hours, the yard's\n"+
		"  calendar is always open and its targets are looked at, Goran is on call day and night, and who does not answer\n"+
		"  within %s is not waited for\n", soak, delay)
	return nil
}

// edit rewrites a file of the example; an edit that changes nothing is a defect here.
func edit(file string, change func(string) string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	after := change(string(text))
	if after == string(text) {
		return fmt.Errorf("the demo's policy: nothing to change in %s: the example is another one by now", file)
	}
	return os.WriteFile(file, []byte(after), 0o600)
}
