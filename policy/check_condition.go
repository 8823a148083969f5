package policy

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/operators"
)

const conditionHint = `write a condition of the Common Expression Language such as duration > duration("4h") && platform == "Mendix"`

// words are those that a condition may compare a variable with.
type words map[string]names

// conditionFaults says what is wrong with the expression of a rule: it does not
// compile, is no condition, costs too much, or names what does not exist.
func conditionFaults(text string, known words) []fault {
	checked, issues := conditions().Compile(text)
	if issues.Err() != nil {
		var out []fault
		for _, e := range issues.Errors() {
			hint := conditionHint
			if name, found := between(e.Message, "undeclared reference to '", "'"); found {
				hint = meant(name, variables(), "variable")
			}
			out = append(out, fault{"", fmt.Sprintf("line %d, column %d of the expression: %s", e.Location.Line(), e.Location.Column()+1, said(e.Message)), hint})
		}
		return out
	}
	if !checked.OutputType().IsExactType(cel.BoolType) {
		return []fault{{"", fmt.Sprintf("the expression gives %s, not true or false", checked.OutputType()), conditionHint}}
	}
	if estimate, err := conditions().EstimateCost(checked, short{}); err != nil || estimate.Max > maxCost {
		return []fault{{"", "the expression may take too long to judge", "compare with a list instead of going through it again and again"}}
	}
	var out []fault
	ast.PostOrderVisit(checked.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		out = append(out, misnamed(e, known)...)
	}))
	return out
}

// misnamed finds a field that does not exist, and a word that a variable never is.
func misnamed(e ast.Expr, known words) []fault {
	field := func(name string) []fault {
		if slices.Contains(ConditionFields(), name) {
			return nil
		}
		return []fault{{"", fmt.Sprintf("conditions know no field %q", name), meant(name, ConditionFields(), "field")}}
	}
	switch e.Kind() {
	case ast.SelectKind:
		if s := e.AsSelect(); identifier(s.Operand()) == "fields" {
			return field(s.FieldName())
		}
	case ast.CallKind:
		call := e.AsCall()
		if len(call.Args()) != 2 {
			return nil
		}
		left, right := call.Args()[0], call.Args()[1]
		switch call.FunctionName() {
		case operators.Index:
			if name, ok := literal(right); ok && identifier(left) == "fields" {
				return field(name)
			}
		case operators.Equals, operators.NotEquals:
			return append(compared(left, right, known), compared(right, left, known)...)
		case operators.In:
			if name, ok := literal(left); ok && identifier(right) == "fields" {
				return field(name)
			}
			if right.Kind() == ast.ListKind {
				var out []fault
				for _, one := range right.AsList().Elements() {
					out = append(out, compared(left, one, known)...)
				}
				return out
			}
		}
	}
	return nil
}

// compared judges a variable that is compared with a word.
func compared(variable, with ast.Expr, known words) []fault {
	name := identifier(variable)
	word, ok := literal(with)
	list, judged := known[name]
	if !ok || !judged || list.has(word) {
		return nil
	}
	return []fault{{"", fmt.Sprintf("there is no %s %q", list.what, word), meant(word, list.list, list.what)}}
}

func identifier(e ast.Expr) string {
	if e.Kind() != ast.IdentKind {
		return ""
	}
	return e.AsIdent()
}

func literal(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	text, ok := e.AsLiteral().Value().(string)
	return text, ok
}

// variables are those a condition may use.
func variables() []string {
	var out []string
	for _, v := range conditions().Variables() {
		out = append(out, v.Name())
	}
	slices.Sort(out)
	return out
}

// short estimates costs: what a run carries of a field is short, and fields are few.
type short struct{}

func (short) EstimateCallCost(string, string, *cost.AstNode, []cost.AstNode) *cost.CallEstimate {
	return nil
}

func (short) EstimateSize(cost.AstNode) *cost.SizeEstimate {
	const longest = 128 // names of systems, values of fields
	return &cost.SizeEstimate{Max: longest}
}

// said is the message without the library's own guess, for which there is the hint.
func said(message string) string {
	message, _, _ = strings.Cut(message, "\n")
	message, _, _ = strings.Cut(message, " (did you mean")
	message, _, _ = strings.Cut(message, " (in container")
	return message
}

func between(text, before, after string) (string, bool) {
	_, rest, found := strings.Cut(text, before)
	out, _, closed := strings.Cut(rest, after)
	return out, found && closed
}
