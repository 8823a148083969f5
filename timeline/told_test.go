package timeline

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/rules"
	"github.com/lowcodex/countersign/evidence"
)

var update = flag.Bool("update", false, "write the golden files anew")

// sample is one record to be told; note tells two of one type apart.
type sample struct {
	kind, note string
	facts      any
}

// Every process's records are told as the golden files say, so that a change
// of a sentence is seen by whoever reviews it.
func TestRecordsAreTold(t *testing.T) {
	for name, samples := range map[string][]sample{
		"incident": incidentSamples(), "certification": certificationSamples(), "exception": exceptionSamples(), "observation": observationSamples(), "patch": patchSamples(), "rules": rulesSamples(),
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			for _, s := range samples {
				line := tell(entry(t, s.kind, s.facts))[0]
				fmt.Fprintf(&out, "%s\n  %s\n", strings.TrimSpace(s.kind+" "+s.note), line.Text)
				for _, d := range line.Details {
					fmt.Fprintf(&out, "    %s\n", d)
				}
			}
			path := filepath.Join("testdata", name+".golden")
			if *update {
				require.NoError(t, os.WriteFile(path, []byte(out.String()), 0o644))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, string(want), out.String())
		})
	}
}

// Every event constant of every process has a sentence of its own, whatever
// facts it comes with.
func TestEveryEventHasASentenceOfItsOwn(t *testing.T) {
	sampled := map[string]bool{}
	for _, s := range slices.Concat(incidentSamples(), certificationSamples(), exceptionSamples(), observationSamples(), patchSamples(), rulesSamples()) {
		sampled[s.kind] = true
	}
	files, err := filepath.Glob("../compliance/*/event.go")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 4)
	for _, path := range files {
		process := filepath.Base(filepath.Dir(path))
		if process == "door" { // no process: see turnedAway
			continue
		}
		said := map[string]string{}
		known := events(t, path)
		require.Greater(t, len(known), 7, path)
		for _, kind := range known {
			require.True(t, process == "change" || sampled[kind], "%s: no sample of it is told", kind)
			family, rest, _ := strings.Cut(kind, ".")
			p, ok := find(func(p Process) bool { return p.Name == process })
			if process == rules.Subject { // the policy's own, which no numbered process has
				p, ok = Process{Roots: []string{rules.Subject}}, true
			}
			require.True(t, ok && strings.Contains(strings.Join(p.Roots, " "), family), "%s belongs to no process of the timeline", kind)
			line := told(kind, `{"action":"approve","key":"OPS-1"}`)
			require.NotEqual(t, words(rest)+".", line.Text, "%s is shown as it stands", kind)
			require.NotContains(t, line.Text, "%!", kind)
			if change := process == "change" && (rest == "refused" || rest == "late"); !change { // they differ by their reason
				require.Empty(t, said[line.Text], "%s is told as %s", kind, said[line.Text])
			}
			said[line.Text] = kind
		}
	}
}

// Facts of another shape, or damaged ones, are shown as they stand under the
// sentence of their type: nothing is lost.
func TestFactsThatAreNotUnderstoodAreShown(t *testing.T) {
	for _, path := range []string{"../compliance/incident/event.go", "../compliance/patch/event.go", "../compliance/certification/event.go", "../compliance/observation/event.go", "../compliance/rules/event.go"} {
		for _, kind := range events(t, path) {
			line := told(kind, `["something else"]`)
			require.NotEmpty(t, line.Text, kind)
			require.Contains(t, strings.Join(line.Details, "\n"), "something else", kind)
		}
	}
}

func TestProcessesAreToldApart(t *testing.T) {
	for subject, want := range map[string]string{
		"change/example/10042": "change", "incident/INC-7": "incident", "alert/monitoring/00ff": "incident",
		"certification/acme/soc2": "certification", "patch/acme/4.2": "patch",
	} {
		p, ok := OfSubject(subject)
		require.True(t, ok, subject)
		require.Equal(t, want, p.Name)
		again, ok := OfSeries(p.Series)
		require.True(t, ok)
		require.Equal(t, p.Name, again.Name)
	}
	require.Equal(t, "alert", NounOf("alert/monitoring/00ff"))
	require.Equal(t, "patch rollout", NounOf("patch/acme/4.2"))
	require.Empty(t, NounOf("record/late/1"))
	for _, other := range []string{"record/late/1", "submission/1", "", "changes/1"} {
		_, ok := OfSubject(other)
		require.False(t, ok, other)
	}
	_, ok := OfSeries("REV")
	require.False(t, ok)
}

// Any facts, under any type, are told without a fault.
func FuzzTell(f *testing.F) {
	for _, samples := range [][]sample{incidentSamples(), certificationSamples(), exceptionSamples(), observationSamples(), patchSamples(), rulesSamples()} {
		for _, s := range samples {
			raw, err := json.Marshal(s.facts)
			require.NoError(f, err)
			f.Add(s.kind, raw)
		}
	}
	f.Add("change.decided", []byte(`{"action":"approve","tally":{}}`))
	f.Fuzz(func(t *testing.T, kind string, raw []byte) {
		if line := told(kind, string(raw)); kind != "" && !strings.HasSuffix(kind, ".") {
			require.NotEmpty(t, line.Text)
		}
	})
}

func told(kind, facts string) Line {
	return tell(evidence.Entry{Record: evidence.Record{Event: evidence.Event{Type: kind, Number: "X-1", Facts: json.RawMessage(facts)}}})[0]
}

// events lists the constants of a process's event types.
func events(t *testing.T, path string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	require.NoError(t, err)
	var all []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Event") {
			return true
		}
		for _, v := range spec.Values {
			if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				text, err := strconv.Unquote(lit.Value)
				require.NoError(t, err)
				all = append(all, text)
			}
		}
		return true
	})
	return all
}
