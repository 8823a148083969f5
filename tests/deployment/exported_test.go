package deployment

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// exported are the product's metrics, as the code defines them, with their labels.
func exported(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for _, folder := range []string{"app", "gateway"} {
		for _, file := range goFiles(t, filepath.Join(root(t), folder)) {
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || len(call.Args) == 0 {
					return true
				}
				if name := described(call); name != "" {
					found[name] = texts(call.Args[2:])
					return true
				}
				options, ok := call.Args[0].(*ast.CompositeLit)
				if !ok {
					return true
				}
				if name, of := metricName(options); name != "" {
					for _, suffix := range suffixes(of) {
						found[name+suffix] = texts(call.Args[1:])
					}
				}
				return true
			})
		}
	}
	return found
}

// described is the name in prometheus.NewDesc(name, help, labels, …).
func described(call *ast.CallExpr) string {
	if of, ok := call.Fun.(*ast.SelectorExpr); ok && of.Sel.Name == "NewDesc" {
		if name := texts(call.Args[:1]); len(name) == 1 {
			return name[0]
		}
	}
	return ""
}

// metricName is the name in prometheus.…Opts{Name: …}, and of what kind it is.
func metricName(options *ast.CompositeLit) (name, of string) {
	kind, ok := options.Type.(*ast.SelectorExpr)
	if !ok || !strings.HasSuffix(kind.Sel.Name, "Opts") {
		return "", ""
	}
	for _, e := range options.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			if key, ok := pair.Key.(*ast.Ident); ok && key.Name == "Name" {
				if all := texts([]ast.Expr{pair.Value}); len(all) == 1 {
					return all[0], kind.Sel.Name
				}
			}
		}
	}
	return "", ""
}

// texts are the text literals in expressions.
func texts(in []ast.Expr) []string {
	var out []string
	for _, e := range in {
		ast.Inspect(e, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil {
					out = append(out, s)
				}
			}
			return true
		})
	}
	return out
}

// suffixes are what a metric of a kind is exposed as.
func suffixes(kind string) []string {
	if strings.Contains(kind, "Histogram") || strings.Contains(kind, "Timer") {
		return []string{"_bucket", "_sum", "_count"}
	}
	return []string{""}
}

// engineMetrics are those of the Temporal server, by its source.
func engineMetrics(t *testing.T) map[string]bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "metric_defs.go", moduleText(t, "go.temporal.io/server", "common", "metrics", "metric_defs.go"), 0)
	require.NoError(t, err)
	found := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		if define, ok := call.Fun.(*ast.Ident); ok && strings.HasSuffix(define.Name, "Def") {
			if name := texts(call.Args[:1]); len(name) == 1 {
				for _, suffix := range suffixes(define.Name) {
					found[name[0]+suffix] = true
				}
			}
		}
		return true
	})
	return found
}

// sdkMetrics are those of the SDK's workers and clients as they are exported, by
// its source: what the bridge to Prometheus adds to a name says what it is.
func sdkMetrics(t *testing.T) map[string]bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "constants.go", moduleText(t, "go.temporal.io/sdk", "internal", "common", "metrics", "constants.go"), 0)
	require.NoError(t, err)
	values, found := map[string]string{}, map[string]bool{}
	var value func(ast.Expr) string
	value = func(e ast.Expr) string {
		switch e := e.(type) {
		case *ast.Ident:
			return values[e.Name]
		case *ast.BinaryExpr:
			return value(e.X) + value(e.Y)
		default:
			return strings.Join(texts([]ast.Expr{e}), "")
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
			name := value(spec.Values[0])
			values[spec.Names[0].Name] = name
			if strings.HasPrefix(name, "temporal_") {
				for _, suffix := range append(suffixes("Histogram"), "") {
					found[strings.Replace(name+"_seconds"+suffix, "_seconds_seconds", "_seconds", 1)] = suffix != ""
				}
				found[name], found[name+"_total"] = true, true
			}
		}
		return true
	})
	return found
}

func goFiles(t *testing.T, dir string) []*ast.File {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var files []*ast.File
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "_test.go") {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, 0)
			require.NoError(t, err)
			files = append(files, file)
		}
	}
	return files
}
