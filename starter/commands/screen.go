package commands

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"
)

// isTerminal reports whether a stream is a terminal that a person looks at.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// print writes a result in the form --output asks for. The value's JSON is
// the contract with scripts; human renders the same for people.
func (p *program) print(value any, human func(io.Writer)) error {
	if p.options.output == "table" {
		human(p.out)
		return nil
	}
	out, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	if p.options.output == "yaml" {
		if out, err = asYAML(out); err != nil {
			return err
		}
	}
	// What the encoders leave as it is stands inside strings only, where both
	// forms know the same escape.
	_, err = fmt.Fprintf(p.out, "%s\n", visible(strings.TrimSuffix(string(out), "\n")))
	return err
}

// ink colours text, or leaves it alone.
type ink bool

func (p *program) ink(stream io.Writer) ink {
	switch p.options.color {
	case "always":
		return true
	case "never":
		return false
	}
	return ink(p.env["NO_COLOR"] == "" && p.env["TERM"] != "dumb" && isTerminal(stream))
}

func (i ink) paint(code, s string) string {
	if !i || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (i ink) bold(s string) string { return i.paint("1", s) }
func (i ink) dim(s string) string  { return i.paint("2", s) }
func (i ink) bad(s string) string  { return i.paint("31", s) }
func (i ink) good(s string) string { return i.paint("32", s) }
func (i ink) warn(s string) string { return i.paint("33", s) }

// hidden reports whether a rune acts on a terminal instead of being seen:
// control characters, bidirectional overrides, and whatever is not text.
func hidden(r rune) bool {
	return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == utf8.RuneError)
}

// visible makes hidden characters visible. Titles and reasons are other
// people's text: on a terminal they could otherwise rewrite what an approver is
// about to attest to.
func visible(s string) string {
	if strings.IndexFunc(s, hidden) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if hidden(r) {
			fmt.Fprintf(&b, "\\u%04x", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// line is visible text on one line.
func line(s string) string { return strings.Join(strings.Fields(visible(s)), " ") }

// table is rows under a head, aligned by spaces; columns are measured in runes.
type table struct {
	head []string
	rows [][]string
}

// add adds a row. Cells are other people's text, too, and stay on one line.
func (t *table) add(cells ...string) {
	row := make([]string, len(cells))
	for i, cell := range cells {
		row[i] = line(cell)
	}
	t.rows = append(t.rows, row)
}

func (t *table) write(w io.Writer, ink ink) {
	widths := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	text := func(row []string) string {
		var b strings.Builder
		for i, cell := range row {
			b.WriteString(cell)
			b.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
		}
		return strings.TrimRight(b.String(), " ")
	}
	fmt.Fprintln(w, ink.bold(text(t.head)))
	for _, row := range t.rows {
		fmt.Fprintln(w, text(row))
	}
}

// at renders an instant in the reader's zone, to the minute.
func (p *program) at(t time.Time) string {
	return t.In(p.options.location).Format("2006-01-02 15:04 MST")
}

// exactly renders an instant of the record in the reader's zone, to the second.
func (p *program) exactly(t time.Time) string {
	return t.In(p.options.location).Format("2006-01-02 15:04:05 MST")
}

// until says how far away an instant is, coarsely.
func (p *program) until(t time.Time) string {
	d := t.Sub(p.now()).Round(time.Minute)
	if d < 0 {
		return roughly(-d) + " ago"
	}
	return "in " + roughly(d)
}

func roughly(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
	default:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	}
}
