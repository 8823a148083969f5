package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
)

// Bounds on one policy file. The parser recurses, and its cost grows with the
// square of the depth and of the keys of one mapping, so both are bounded
// before it runs.
const (
	maxFileBytes = 4 << 20
	maxDepth     = 24
	maxKeys      = 5000
)

// tree is one YAML document as plain values, with the line of every place.
type tree struct {
	file  string
	root  any // map[string]any, []any, string, json.Number, bool or nil
	lines map[string]int
}

// parseTree reads one YAML document of the subset policies are written in:
// mappings, sequences and scalars. Anchors, aliases, merge keys and tags are
// refused, because with them a place in the file no longer is the place that
// is meant, and a short file can grow without bound.
func parseTree(file string, data []byte) (t *tree, problems Problems) {
	if len(data) > maxFileBytes {
		return nil, Problems{{File: file, Text: fmt.Sprintf("the file has %d bytes; at most %d are read", len(data), maxFileBytes), Hint: "split it into several files of the same kind"}}
	}
	// The parser is not ours and reads what people type while a worker runs: a
	// fault in it must cost this file, not the process.
	defer func() {
		if r := recover(); r != nil {
			t, problems = nil, Problems{{File: file, Text: fmt.Sprintf("cannot be read as YAML: %v", r), Hint: "check the indentation and the quotes"}}
		}
	}()
	tokens := lexer.Tokenize(string(data))
	if problems := scanTokens(file, tokens); len(problems) > 0 {
		return nil, problems
	}
	parsed, err := parser.Parse(tokens, 0)
	if err != nil {
		return nil, Problems{syntaxProblem(file, err)}
	}
	if len(parsed.Docs) != 1 || parsed.Docs[0].Body == nil {
		return nil, Problems{{File: file, Line: 1, Text: fmt.Sprintf("a policy file holds one document, this one holds %d", documents(parsed)), Hint: "begin with apiVersion and kind; put a second document into a file of its own"}}
	}
	b := &treeBuilder{tree: &tree{file: file, lines: map[string]int{}}}
	b.root = b.value(parsed.Docs[0].Body, "")
	if len(b.problems) > 0 {
		return nil, b.problems
	}
	return b.tree, nil
}

func documents(f *ast.File) int {
	n := 0
	for _, d := range f.Docs {
		if d.Body != nil {
			n++
		}
	}
	return n
}

func syntaxProblem(file string, err error) Problem {
	p := Problem{File: file, Text: "not YAML: " + err.Error(), Hint: "check the indentation and the quotes"}
	var at yaml.Error
	if errors.As(err, &at) {
		p.Text = "not YAML: " + at.GetMessage()
		if tk := at.GetToken(); tk != nil {
			p.Line = tk.Position.Line
		}
	}
	return p
}

type treeBuilder struct {
	*tree
	problems Problems
}

// value converts a node found at the JSON pointer at.
func (b *treeBuilder) value(n ast.Node, at string) any {
	line := n.GetToken().Position.Line
	if _, known := b.lines[at]; !known { // a mapping's key has set it
		b.lines[at] = line
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		out := make(map[string]any, len(n.Values))
		for _, v := range n.Values {
			b.entry(out, v, at)
		}
		return out
	case *ast.MappingValueNode:
		out := map[string]any{}
		b.entry(out, n, at)
		return out
	case *ast.SequenceNode:
		out := make([]any, 0, len(n.Values))
		for i, v := range n.Values {
			out = append(out, b.value(v, at+"/"+strconv.Itoa(i)))
		}
		return out
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return n.Value.Value
	case *ast.BoolNode:
		return n.Value
	case *ast.NullNode:
		return nil
	case *ast.IntegerNode:
		return json.Number(fmt.Sprint(n.Value))
	case *ast.FloatNode:
		if !math.IsInf(n.Value, 0) && !math.IsNaN(n.Value) {
			return json.Number(strconv.FormatFloat(n.Value, 'g', -1, 64))
		}
	}
	b.problems = append(b.problems, Problem{File: b.file, Line: line, Path: display(at), Text: fmt.Sprintf("a %s is not read in policies", n.Type()), Hint: "put the value in quotes"})
	return nil
}

func (b *treeBuilder) entry(out map[string]any, v *ast.MappingValueNode, at string) {
	key := v.Key.GetToken().Value
	if s, ok := v.Key.(*ast.StringNode); ok {
		key = s.Value
	}
	place := at + "/" + escapePointer(key)
	if _, twice := out[key]; twice {
		b.problems = append(b.problems, Problem{File: b.file, Line: v.Key.GetToken().Position.Line, Path: display(place), Text: "the key stands twice", Hint: "keep one of the two"})
	}
	b.lines[place] = v.Key.GetToken().Position.Line
	out[key] = b.value(v.Value, place)
}
