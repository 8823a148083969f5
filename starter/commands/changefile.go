package commands

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// template is a change file that says of every field what it is for.
//
//go:embed template.yaml
var template string

const (
	fileVersion = "countersign/v1"
	fileKind    = "change"
	// maxFile bounds a change file; the fields together fit a ticket many times over.
	maxFile = 1 << 20
)

// fieldNames are the fields every organisation has; a policy's fields file may
// name others.
func fieldNames() []string {
	return []string{
		"title", "purpose", "system", "environment", "risk", "plan", "test_plan", "test_results",
		"rollback", "rollback_owner", "rollback_tested_on", "implementer", "planned_start", "duration",
		"vendor_version", "external", "data_class", "supersedes", "safe_points",
	}
}

// changeFile is a parsed change file.
type changeFile struct {
	name   string
	fields map[string]string
	lines  map[string]int // of each field, from 1
}

// fault is one thing wrong with a file, at a line from 1, or 0 for the whole file.
type fault struct {
	line int
	text string
}

// faults makes one failure out of everything that is wrong with a file.
func (f changeFile) faults(all []fault) error {
	if len(all) == 0 {
		return nil
	}
	slices.SortStableFunc(all, func(a, b fault) int { return a.line - b.line })
	var b strings.Builder
	fmt.Fprintf(&b, "%s in %s:", plural(len(all), "problem"), f.name)
	for _, one := range all {
		place := f.name
		if one.line > 0 {
			place += ":" + strconv.Itoa(one.line)
		}
		fmt.Fprintf(&b, "\n  %s: %s", place, one.text)
	}
	return usage(b.String(), "mend the file; a complete example is printed by: starter change submit --template")
}

// readChange reads and parses a change file, "-" meaning in.
func readChange(path string, in io.Reader, extra []string) (changeFile, error) {
	name := path
	if path == "-" {
		name = "standard input"
	} else {
		file, err := os.Open(path)
		if err != nil {
			return changeFile{}, usage("the change file cannot be read: "+err.Error(),
				"an example to start from is printed by: starter change submit --template")
		}
		defer file.Close() //nolint:errcheck // only read from
		in = file
	}
	content, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err != nil {
		return changeFile{}, usage("the change file cannot be read: "+err.Error(), "check that "+name+" is a readable file")
	}
	return parseChange(name, content, extra)
}

// parseChange is strict: every key must be known and hold text, because a
// mistyped key would silently drop what the approvers should have seen.
func parseChange(name string, content []byte, extra []string) (changeFile, error) {
	f := changeFile{name: name, fields: map[string]string{}, lines: map[string]int{}}
	if len(content) > maxFile {
		return f, f.faults([]fault{{0, "the file is larger than 1 MiB"}})
	}
	tree, err := parser.ParseBytes(content, 0)
	if err != nil {
		return f, f.faults([]fault{syntaxFault(err)})
	}
	if len(tree.Docs) != 1 || tree.Docs[0].Body == nil {
		return f, f.faults([]fault{{0, "the file must hold exactly one YAML document"}})
	}
	top, ok := tree.Docs[0].Body.(ast.MapNode)
	if !ok {
		return f, f.faults([]fault{{1, "the file must be a list of fields such as title: …"}})
	}
	known := append(fieldNames(), extra...)
	header := map[string]string{}
	var wrong []fault
	for entries := top.MapRange(); entries.Next(); {
		key, at := entries.Key().String(), entries.Key().GetToken().Position.Line
		value, problem := scalar(entries.Value())
		switch {
		case problem != "":
			wrong = append(wrong, fault{at, quote(key) + " " + problem})
		case key == "apiVersion" || key == "kind":
			header[key] = value
		case !slices.Contains(known, key):
			wrong = append(wrong, fault{at, "unknown field " + quote(key) + nearest(key, known)})
		default:
			f.fields[key], f.lines[key] = value, at
		}
	}
	if header["apiVersion"] != fileVersion {
		wrong = append(wrong, fault{1, "apiVersion must be " + fileVersion + ", not " + quote(header["apiVersion"])})
	}
	if header["kind"] != fileKind {
		wrong = append(wrong, fault{1, "kind must be " + fileKind + ", not " + quote(header["kind"])})
	}
	return f, f.faults(wrong)
}

// check applies the rules of completeness before anything is sent. The process
// applies them again: this only saves a round trip, and gives line numbers.
func (f changeFile) check(now time.Time) error {
	content, problems := rules.Parse(compliance.Ticket{Fields: f.fields})
	problems = append(problems, rules.Check(content, now)...)
	var wrong []fault
	for _, problem := range problems {
		wrong = append(wrong, fault{f.lines[problem.Field], problem.Text})
	}
	return f.faults(wrong)
}

// scalar gives a value as it was written. Numbers, dates and truth values are
// taken by their text: 90 and "90" are the same duration.
func scalar(node ast.Node) (value, problem string) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, ""
	case *ast.LiteralNode:
		return n.Value.Value, ""
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, ""
	case *ast.NullNode:
		return "", ""
	default:
		return "", "must hold text, not a list, a map or a reference"
	}
}

func syntaxFault(err error) fault {
	var syntax *yaml.SyntaxError
	if errors.As(err, &syntax) && syntax.GetToken() != nil {
		return fault{syntax.GetToken().Position.Line, syntax.GetMessage()}
	}
	return fault{0, strings.SplitN(err.Error(), "\n", 2)[0]}
}

// nearest suggests a known name that differs by little.
func nearest(key string, known []string) string {
	best, least := "", 3
	for _, name := range known {
		if d := distance(strings.ToLower(key), name); d < least {
			best, least = name, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + quote(best) + "?"
}

// distance is the Levenshtein distance in bytes; long keys count as far.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return len(a) + len(b)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
