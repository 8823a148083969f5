package policy

import (
	"fmt"
	"sync"
	"time"

	"cel.dev/cel-go/cel"

	"github.com/lowcodex/countersign/compliance/change"
)

// Case is a change as the conditions of routing rules see it. What is not known
// of it is the zero value: a rollout that looks for its channel has no duration yet.
type Case struct {
	System      string
	Environment string
	Risk        string        // "low", "medium", "high"
	External    bool          // asks for the agreed stand-ins (C6)
	Duration    time.Duration // estimated elapsed time of the execution
	// Fields are the values of the fields in ConditionFields; one that is absent
	// is empty. A value too long to travel with a run is TooLong.
	Fields map[string]string
}

// TooLong stands for a field's value that the run does not carry: no condition
// may read it. No field holds it, because fields have no control characters.
const TooLong = "\x00"

// ConditionFields are the fields of a change that conditions may read, besides
// those that have a name of their own. Approvals are bound to all of them, so an
// edit that would route a change otherwise sends it back to review.
func ConditionFields() []string {
	return []string{"planned_start", "rollback_tested_on", "test_results", "vendor_version", "data_class"}
}

// CaseOf is the case of a version by what its run carries.
func CaseOf(s change.Snapshot) Case {
	c := Case{System: s.System, Environment: s.Environment, Risk: s.Risk, External: s.External, Duration: s.Duration, Fields: map[string]string{}}
	for _, f := range s.Fields {
		c.Fields[f.Name] = f.Short
		if f.Short == "" { // what is unset has no digest
			c.Fields[f.Name] = TooLong
		}
	}
	return c
}

// maxCost bounds what one judgement of a condition may cost, in CEL's units: a
// comparison is about one, a comprehension its body times its list.
const maxCost = 10_000

// condition is the compiled expression of a rule, in the Common Expression
// Language (https://cel.dev). It reads no clock and nothing but the case, so the
// same change is routed alike every time. It may be used from several goroutines.
type condition struct {
	text    string
	program cel.Program
}

// conditions is the environment that expressions are compiled in, made once. It
// is ours, so a failure is a fault of the program.
var conditions = sync.OnceValue(func() *cel.Env {
	env, err := cel.NewCustomEnv(
		cel.StdLib(),
		cel.Variable("system", cel.StringType),
		cel.Variable("platform", cel.StringType),
		cel.Variable("environment", cel.StringType),
		cel.Variable("risk", cel.StringType),
		cel.Variable("external", cel.BoolType),
		cel.Variable("duration", cel.DurationType),
		cel.Variable("fields", cel.MapType(cel.StringType, cel.StringType)),
		cel.ParserRecursionLimit(32),
		cel.RegexProgramSizeLimit(1000),
		cel.ASTValidators(cel.ValidateDurationLiterals(), cel.ValidateTimestampLiterals(), cel.ValidateRegexLiterals(),
			cel.ValidateHomogeneousAggregateLiterals(), cel.ValidateComprehensionNestingLimit(1)),
	)
	if err != nil {
		panic(err)
	}
	return env
})

// compileCondition compiles an expression that conditionFaults has passed; nil
// for none.
func compileCondition(text string) (*condition, error) {
	if text == "" {
		return nil, nil
	}
	ast, issues := conditions().Compile(text)
	if issues.Err() != nil {
		return nil, fmt.Errorf("the expression %q: %w", text, issues.Err())
	}
	program, err := conditions().Program(ast, cel.CostLimit(maxCost), cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, fmt.Errorf("the expression %q: %w", text, err)
	}
	return &condition{text, program}, nil
}

// holds judges the case. An error is no answer: the caller may not go on as if
// the condition did not hold, because a stricter rule would then be passed over.
func (c *condition) holds(of Case, platform string) (bool, error) {
	if c == nil {
		return true, nil
	}
	fields := map[string]string{}
	for _, name := range ConditionFields() {
		if v := of.Fields[name]; v != TooLong {
			fields[name] = v
		}
	}
	out, _, err := c.program.Eval(map[string]any{
		"system": of.System, "platform": platform, "environment": of.Environment, "risk": of.Risk,
		"external": of.External, "duration": of.Duration, "fields": fields,
	})
	if err != nil {
		return false, fmt.Errorf("its expression %q has no answer: %w", c.text, err)
	}
	held, _ := out.Value().(bool) // the check lets nothing else pass
	return held, nil
}
