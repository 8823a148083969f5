package commands

import (
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// asYAML turns JSON into YAML with the order of its keys.
func asYAML(in []byte) ([]byte, error) {
	var value any
	if err := yaml.UnmarshalWithOptions(in, &value, yaml.UseOrderedMap()); err != nil {
		return nil, err
	}
	node, err := yaml.ValueToNode(value)
	if err != nil {
		return nil, err
	}
	ast.Walk(quoter{}, node)
	return []byte(node.String()), nil
}

// quoter puts every text in quotes that is more than words and paragraphs, so
// that no reader takes it for anything else and every character that an escape
// stands for can have one.
type quoter struct{}

var (
	plainText  = regexp.MustCompile(`^[A-Za-z][\pL\pN ./_()·-]*$`)
	paragraphs = regexp.MustCompile(`^[\pL\pN][^\n]*(\n[\pL\pN][^\n]*)+\n?$`)
)

func (q quoter) Visit(node ast.Node) ast.Visitor {
	text, ok := node.(*ast.StringNode)
	if !ok || strings.HasPrefix(text.Value, `"`) { // the encoder has quoted it
		return q
	}
	if !plainText.MatchString(text.Value) && (!paragraphs.MatchString(text.Value) || visible(text.Value) != text.Value) {
		text.Token.Type = token.DoubleQuoteType
	}
	return q
}
