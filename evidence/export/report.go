package export

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/bundle"
)

//go:embed report.html
var page string

// maxListed bounds each list of the report beside the timelines, which have all.
const maxListed = 500

// report makes the page for people. Lines are written out as they come and
// gathered by subject at the end, since the log is in the order of time.
type report struct {
	page     *template.Template
	tell     func(evidence.Entry) Line
	lines    *spill
	subjects map[string]*told
	refused  list
	override list
	deciders map[string]map[string]int // who → kind → records
}

// told is where the lines of a subject are.
type told struct {
	number string
	parts  []part
}

type part struct {
	at     int64
	length int
}

// list is the beginning of a list, and how many are beyond it.
type list struct {
	Lines []listed
	More  int
}

type listed struct {
	Line
	Subject string
	Index   uint64
}

func (l *list) add(one listed) {
	if len(l.Lines) >= maxListed {
		l.More++
		return
	}
	l.Lines = append(l.Lines, one)
}

func newReport(scratch string, tell func(evidence.Entry) Line) (*report, error) {
	t, err := template.New("report").Funcs(template.FuncMap{
		"when": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") },
		"plural": func(n int, one string) string {
			if n == 1 {
				return "1 " + one
			}
			return fmt.Sprintf("%d %ss", n, one)
		},
		"states": func(of map[string]int) string {
			var parts []string
			for _, state := range slices.Sorted(maps.Keys(of)) {
				name := strings.ReplaceAll(state, "_", " ")
				if name == "" {
					name = "without a state here"
				}
				parts = append(parts, fmt.Sprintf("%d %s", of[state], name))
			}
			return strings.Join(parts, ", ")
		},
		"acts": func(of []act) string {
			var parts []string
			for _, a := range of {
				parts = append(parts, fmt.Sprintf("%d × %s", a.Count, a.Kind))
			}
			return strings.Join(parts, ", ")
		},
		"short": func(s string) string { return s[:min(12, len(s))] },
		"day":   func(t time.Time) string { return t.UTC().Format(time.DateOnly) },
		"until": func(t time.Time) string { return t.UTC().Add(-1).Format(time.DateOnly) },
	}).Parse(page)
	if err != nil {
		return nil, err
	}
	lines, err := newSpill(scratch)
	if err != nil {
		return nil, err
	}
	return &report{page: t, tell: tell, lines: lines, subjects: map[string]*told{}, deciders: map[string]map[string]int{}}, nil
}

func (r *report) record(e evidence.Entry) error {
	line := r.tell(e)
	var out bytes.Buffer
	err := r.page.ExecuteTemplate(&out, "line", struct {
		Line
		Index uint64
		Hash  string
	}{line, e.Index, e.Hash})
	if err != nil {
		return fmt.Errorf("tell record %d: %w", e.Index, err)
	}
	s := r.subjects[e.Record.Subject]
	if s == nil {
		s = &told{}
		r.subjects[e.Record.Subject] = s
	}
	if s.number == "" {
		s.number = e.Record.Number
	}
	s.parts = append(s.parts, part{r.lines.size, out.Len()})
	name := e.Record.Number
	if name == "" {
		name = e.Record.Subject
	}
	one := listed{Line: line, Subject: name, Index: e.Index}
	if line.Refused {
		r.refused.add(one)
	}
	if line.Override {
		r.override.add(one)
	}
	if line.Who != "" {
		kinds := r.deciders[line.Who]
		if kinds == nil {
			kinds = map[string]int{}
			r.deciders[line.Who] = kinds
		}
		kinds[line.Kind]++
	}
	return r.lines.write(out.Bytes())
}

// decider is what one person or account did.
type decider struct {
	Who  string
	Acts []act
}

type act struct {
	Kind  string
	Count int
}

// write writes the page: the head, then every subject with its lines.
func (r *report) write(w io.Writer, m bundle.Manifest) error {
	if _, err := r.lines.all(); err != nil {
		return err
	}
	var who []decider
	for _, name := range slices.Sorted(maps.Keys(r.deciders)) {
		d := decider{Who: name}
		for _, kind := range slices.Sorted(maps.Keys(r.deciders[name])) {
			d.Acts = append(d.Acts, act{kind, r.deciders[name][kind]})
		}
		who = append(who, d)
	}
	err := r.page.ExecuteTemplate(w, "head", struct {
		bundle.Manifest
		Refused, Override list
		Deciders          []decider
	}{m, r.refused, r.override, who})
	if err != nil {
		return err
	}
	for _, subject := range slices.Sorted(maps.Keys(r.subjects)) {
		if err := r.subject(w, subject, r.subjects[subject]); err != nil {
			return err
		}
	}
	return r.page.ExecuteTemplate(w, "foot", nil)
}

func (r *report) subject(w io.Writer, subject string, s *told) error {
	err := r.page.ExecuteTemplate(w, "subject", struct {
		Subject, Number string
		Records         int
	}{subject, s.number, len(s.parts)})
	if err != nil {
		return err
	}
	for _, p := range s.parts {
		if _, err := io.Copy(w, io.NewSectionReader(r.lines.f, p.at, int64(p.length))); err != nil {
			return err
		}
	}
	return r.page.ExecuteTemplate(w, "end", nil)
}
