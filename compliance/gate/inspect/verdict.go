// Package inspect reads what is handed over for the checks of a gate: exports of
// flows and apps, results of tests, findings of scanners. All of it comes from
// outside and is taken to be hostile: sizes, depths and counts are bounded, nothing
// is fetched, and what cannot be read to its end is an error, never a pass.
package inspect

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/lowcodex/countersign/compliance"
)

// MaxBytes bounds a file: it passes through the engine once.
const MaxBytes = 1 << 20

const (
	maxNamed = 5   // things of one kind that a detail names
	maxName  = 80  // runes of a name out of a file
	maxWhole = 600 // runes of a detail
)

// Verdict is what a file comes to. Detail is for people: what decided it and how
// to mend it, with names out of the file and none of its content.
type Verdict struct {
	Outcome compliance.CheckOutcome
	Detail  string
	// Made is when the file says that it was made, UTC; zero where it does not say.
	Made time.Time
}

func pass(format string, args ...any) Verdict {
	return Verdict{Outcome: compliance.CheckPass, Detail: compliance.Cut(fmt.Sprintf(format, args...), maxWhole)}
}

func fail(format string, args ...any) Verdict {
	return Verdict{Outcome: compliance.CheckFail, Detail: compliance.Cut(fmt.Sprintf(format, args...), maxWhole)}
}

func unread(format string, args ...any) Verdict {
	return Verdict{Outcome: compliance.CheckError, Detail: compliance.Cut(fmt.Sprintf(format, args...), maxWhole)}
}

func empty(format string, args ...any) Verdict {
	return Verdict{Outcome: compliance.CheckNoData, Detail: compliance.Cut(fmt.Sprintf(format, args...), maxWhole)}
}

// Document judges a file of which only its being there can be judged.
func Document(data []byte) Verdict {
	if strings.TrimSpace(string(data)) == "" {
		return empty("It is empty. Hand over the document that says so.")
	}
	return pass("It is on record.")
}

// named lists names out of a file, bounded and harmless.
func named(list []string) string {
	var out []string
	for _, n := range list[:min(len(list), maxNamed)] {
		out = append(out, quoted(n))
	}
	text := strings.Join(out, ", ")
	if more := len(list) - maxNamed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// quoted is a name out of a file, without what would show as something else.
func quoted(name string) string { return "“" + compliance.Cut(visible(name), maxName) + "”" }

// visible is a text out of a file with a sign in place of what cannot be seen or
// would reorder what stands beside it.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return '\ufffd'
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
}
