package policy

import (
	"fmt"

	"github.com/goccy/go-yaml/token"
)

// tokenScan looks over a file's tokens before they are parsed, for what
// policies may not use and for what would cost the parser too much.
type tokenScan struct {
	file     string
	problems Problems
	line     int
	flow     int         // open brackets and braces
	dashes   int         // entries of nested sequences on this line
	keys     map[int]int // keys of the open block mapping at each column
}

func scanTokens(file string, tokens token.Tokens) Problems {
	s := &tokenScan{file: file, keys: map[int]int{}}
	for _, tk := range tokens {
		if tk.Position.Line != s.line {
			s.line, s.dashes = tk.Position.Line, 0
		}
		if s.take(tk); s.hopeless(tk) {
			break
		}
	}
	return s.problems
}

func (s *tokenScan) refuse(what, hint string) {
	s.problems = append(s.problems, Problem{File: s.file, Line: s.line, Text: what, Hint: hint})
}

func (s *tokenScan) take(tk *token.Token) {
	switch tk.Type {
	case token.AnchorType, token.AliasType, token.MergeKeyType:
		s.refuse("anchors, aliases and merge keys are not read in policies", "write the value out, or quote it when it begins with &, * or <<")
	case token.TagType:
		s.refuse("tags are not read in policies", "leave the tag out, or quote the value when it begins with !")
	case token.MappingKeyType, token.DirectiveType:
		s.refuse(fmt.Sprintf("%q is not read in policies", tk.Value), "write plain keys, and quote a value that begins with this sign")
	case token.MappingStartType, token.SequenceStartType:
		s.flow++
	case token.MappingEndType, token.SequenceEndType:
		s.flow--
	case token.SequenceEntryType:
		s.dashes++
		s.closeRightOf(tk.Position.Column)
	case token.MappingValueType:
		if s.flow == 0 && tk.Prev != nil {
			column := tk.Prev.Position.Column
			s.closeRightOf(column)
			s.keys[column]++
		}
	}
}

// closeRightOf forgets the mappings that a new key or entry at the column ends.
func (s *tokenScan) closeRightOf(column int) {
	for c := range s.keys {
		if c > column {
			delete(s.keys, c)
		}
	}
}

// hopeless reports, and puts among the problems, what no parser need look at.
func (s *tokenScan) hopeless(tk *token.Token) bool {
	switch {
	case s.flow > maxDepth, s.dashes > maxDepth, tk.Position.IndentNum > 8*maxDepth:
		s.refuse("nested too deeply", "no policy file needs more than a few levels")
	case tk.Type == token.MappingValueType && tk.Prev != nil && s.keys[tk.Prev.Position.Column] > maxKeys:
		s.refuse(fmt.Sprintf("a mapping has more than %d keys", maxKeys), "no policy file needs as many")
	case s.flow < 0:
		s.refuse("not YAML: a bracket closes that was never opened", "remove it, or quote the value it belongs to")
	default:
		return false
	}
	return true
}
