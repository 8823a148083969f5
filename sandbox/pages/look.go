package pages

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/lowcodex/countersign/sandbox/standin"
)

// lookWithin bounds a look at one installation: the page does not wait for one
// that hangs.
const lookWithin = 2 * time.Second

// look asks every installation what it holds and serves, all at once.
func (p *Pages) look(ctx context.Context, yard standin.Yard) []platformView {
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	views := make([]platformView, len(yard))
	var all sync.WaitGroup
	for i, at := range yard {
		all.Go(func() { views[i] = p.lookAt(ctx, at) })
	}
	all.Wait()
	return views
}

func (p *Pages) lookAt(ctx context.Context, at standin.Platform) platformView {
	v := platformView{Platform: at, Tone: "attention"}
	if at.Standin != nil {
		v.Trouble, v.Deploys = nameOf(at.Standin.Trouble()), at.Standin.Deployments()
	} else {
		v.Editor = at.URL
	}
	var set struct {
		Rev   string
		Flows []struct{ Type, Label string }
	}
	status, body := fetch(ctx, at.URL+"/flows", true)
	if status == http.StatusOK && json.Unmarshal(body, &set) == nil && set.Rev != "" {
		v.Revision = set.Rev[:min(len(set.Rev), 12)]
		for _, f := range set.Flows {
			if f.Type == "tab" && v.Content == "" {
				v.Content = f.Label
			}
		}
	}
	v.Status, body = fetch(ctx, at.URL+p.healthPath(at), false)
	v.Says = strings.TrimSpace(string(body[:min(len(body), 300)]))
	if strings.HasPrefix(v.Says, "<") {
		v.Says = "a page, and no answer of the flow"
	}
	if v.Status == http.StatusOK && strings.HasPrefix(v.Says, "{") {
		v.Tone = "good"
		if strings.Contains(v.Says, `"ok":false`) {
			v.Tone = "bad"
		}
	} else if v.Status >= http.StatusInternalServerError {
		v.Tone = "bad"
	}
	return v
}

// healthPath is what the first test of the class calls.
func (p *Pages) healthPath(at standin.Platform) string {
	if class, ok := p.cfg.Rules.PatchClass(at.Class); ok {
		for _, ring := range class.Rings {
			for _, name := range ring.Suites {
				suite, _ := p.cfg.Rules.Suite(name)
				for _, c := range suite.Cases {
					if c.Method == http.MethodGet {
						return c.Path
					}
				}
			}
		}
	}
	return "/"
}

// fetch reads at most what fits on a page; status 0 says that nobody answered.
func fetch(ctx context.Context, url string, admin bool) (int, []byte) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, nil
	}
	if admin {
		req.Header.Set("Authorization", "Bearer "+standin.NodeREDToken)
		req.Header.Set("Node-RED-API-Version", "v2")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return 0, nil
	}
	return resp.StatusCode, body
}
