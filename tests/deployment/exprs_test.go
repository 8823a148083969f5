package deployment

import (
	"encoding/json"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/VictoriaMetrics/metricsql"
	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"
)

// selector is what an expression asks of one metric.
type selector struct {
	where  string // the alert or panel
	metric string
	values map[string]string // what it matches by label
	labels []string          // that it matches or groups by
}

// alert is a rule of alerts.yml.
type alert struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

func alerts(t *testing.T) []alert {
	t.Helper()
	var file struct {
		Groups []struct {
			Name  string  `yaml:"name"`
			Rules []alert `yaml:"rules"`
		} `yaml:"groups"`
	}
	require.NoError(t, yaml.UnmarshalWithOptions([]byte(text(t, "deploy", "prometheus", "alerts.yml")), &file, yaml.Strict()))
	require.Len(t, file.Groups, 1)
	return file.Groups[0].Rules
}

// panel is the part of a dashboard's panel that is looked at.
type panel struct {
	Title       string `json:"title"`
	Type        string `json:"type"`
	Description string `json:"description"`
	Datasource  struct {
		UID string `json:"uid"`
	} `json:"datasource"`
	Targets []struct {
		Expr string `json:"expr"`
	} `json:"targets"`
	GridPos struct{ X, Y, W, H int } `json:"gridPos"`
}

func panels(t *testing.T) []panel {
	t.Helper()
	var dashboard struct {
		UID    string  `json:"uid"`
		Title  string  `json:"title"`
		Panels []panel `json:"panels"`
	}
	require.NoError(t, json.Unmarshal([]byte(text(t, "deploy", "grafana", "dashboards", "countersign.json")), &dashboard))
	require.NotEmpty(t, dashboard.UID)
	require.NotEmpty(t, dashboard.Title)
	return dashboard.Panels
}

// selectors are those of every alert and panel.
func selectors(t *testing.T) []selector {
	t.Helper()
	var out []selector
	for _, a := range alerts(t) {
		out = append(out, parse(t, "alert "+a.Alert, a.Expr)...)
	}
	for _, p := range panels(t) {
		for _, target := range p.Targets {
			out = append(out, parse(t, "panel "+p.Title, target.Expr)...)
		}
	}
	return out
}

// parse finds the metrics of an expression with the labels that it needs of them.
func parse(t *testing.T, where, expr string) []selector {
	t.Helper()
	e, err := metricsql.Parse(expr)
	require.NoError(t, err, "%s: %s", where, expr)
	var found []selector
	windowed := map[metricsql.Expr]bool{}
	metricsql.VisitAll(e, func(e metricsql.Expr) {
		switch e := e.(type) {
		case *metricsql.RollupExpr:
			windowed[e] = e.Window != nil
		case *metricsql.FuncExpr:
			// The parser knows a dialect in which the window may be left out.
			if slices.Contains([]string{"rate", "increase", "irate", "delta"}, e.Name) {
				require.True(t, windowed[e.Args[0]], "%s: %s needs a window such as [5m]", where, e.Name)
			}
		case *metricsql.MetricExpr:
			require.Len(t, e.LabelFilterss, 1, where)
			s := selector{where: where, values: map[string]string{}}
			for _, f := range e.LabelFilterss[0] {
				if f.Label == "__name__" {
					s.metric = f.Value
					continue
				}
				s.values[f.Label] = f.Value
				s.labels = append(s.labels, f.Label)
			}
			found = append(found, s)
		}
	})
	// Grouping is by labels of everything inside of it.
	metricsql.VisitAll(e, func(e metricsql.Expr) {
		if by, ok := e.(*metricsql.AggrFuncExpr); ok {
			for _, inner := range by.Args {
				metricsql.VisitAll(inner, func(m metricsql.Expr) {
					if m, ok := m.(*metricsql.MetricExpr); ok {
						for i := range found {
							if found[i].metric == m.LabelFilterss[0][0].Value {
								found[i].labels = append(found[i].labels, by.Modifier.Args...)
							}
						}
					}
				})
			}
		}
	})
	return found
}

// scraped are the jobs of prometheus.yml by name, each with its one target.
func scraped(t *testing.T) map[string]string {
	t.Helper()
	var file struct {
		ScrapeConfigs []struct {
			JobName       string `yaml:"job_name"`
			StaticConfigs []struct {
				Targets []string `yaml:"targets"`
			} `yaml:"static_configs"`
			Names []struct {
				Names []string `yaml:"names"`
				Type  string   `yaml:"type"`
				Port  string   `yaml:"port"`
			} `yaml:"dns_sd_configs"`
		} `yaml:"scrape_configs"`
		RuleFiles []string `yaml:"rule_files"`
	}
	require.NoError(t, yaml.Unmarshal([]byte(text(t, "deploy", "prometheus", "prometheus.yml")), &file))
	jobs := map[string]string{}
	for _, c := range file.ScrapeConfigs {
		require.Equal(t, 1, len(c.StaticConfigs)+len(c.Names), c.JobName)
		if len(c.Names) == 1 { // as many as the name leads to
			require.Equal(t, "A", c.Names[0].Type)
			jobs[c.JobName] = net.JoinHostPort(c.Names[0].Names[0], c.Names[0].Port)
			continue
		}
		jobs[c.JobName] = c.StaticConfigs[0].Targets[0]
	}
	mounted := project(t).Services["prometheus"].Volumes[0]
	for _, rules := range file.RuleFiles {
		name, ok := strings.CutPrefix(rules, mounted.Target)
		require.True(t, ok, "%s is not in the folder that is mounted", rules)
		require.FileExists(t, filepath.Join(mounted.Source, name))
	}
	return jobs
}
