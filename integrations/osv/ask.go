package osv

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/dependency"
	"github.com/lowcodex/countersign/compliance/patch"
)

// question and answer are one item of POST /v1/querybatch.
type (
	question struct {
		Package struct {
			PURL string `json:"purl"`
		} `json:"package"`
		PageToken string `json:"page_token,omitempty"`
	}
	answer struct {
		Vulns []struct {
			ID string `json:"id"`
		} `json:"vulns"`
		NextPageToken string `json:"next_page_token"`
	}
)

// Find says what is known of packages, given as package URLs with versions. What
// the database has no ecosystem for is not asked, and missing in Findings.Asked. A
// vulnerability that is listed and cannot be looked up counts as one of unknown
// severity.
func (c *Client) Find(ctx context.Context, purls []string) (dependency.Findings, error) {
	asked := slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(purls))), func(p string) bool { return !served(p) })
	known := map[string][]string{} // id → package URLs
	for batch := range slices.Chunk(asked, maxAsked) {
		if err := c.ask(ctx, batch, known); err != nil {
			return dependency.Findings{}, err
		}
	}
	if len(known) > maxKnown {
		return dependency.Findings{}, &compliance.Failure{Class: compliance.Invalid, Op: opAsk,
			Detail: "more vulnerabilities are known of these packages than can be looked up: bring them up to date first"}
	}
	ids := slices.Sorted(maps.Keys(known))
	records := make([]record, len(ids))
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(abreast)
	for i, id := range ids {
		group.Go(func() (err error) {
			records[i], err = c.lookUp(within, id)
			if compliance.ClassOf(err) == compliance.Gone {
				records[i], err = record{ID: id}, nil
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return dependency.Findings{}, err
	}
	out := dependency.Findings{Source: Provider, At: c.cfg.Now().UTC(), Asked: asked}
	for i, id := range ids {
		for _, p := range known[id] {
			out.List = append(out.List, records[i].finding(p))
		}
	}
	return out, nil
}

// ask asks about at most maxAsked packages, page by page: only those whose answer
// goes on are asked again.
func (c *Client) ask(ctx context.Context, purls []string, known map[string][]string) error {
	open := make([]question, len(purls))
	for i, p := range purls {
		open[i].Package.PURL = p
	}
	for range maxPages {
		var out struct {
			Results []answer `json:"results"`
		}
		if _, err := c.call(ctx, opAsk, http.MethodPost, "/v1/querybatch", map[string]any{"queries": open}, &out); err != nil {
			return misdirected(err)
		}
		if len(out.Results) != len(open) {
			return unusable(opAsk, "%d packages were asked about and %d answered", len(open), len(out.Results))
		}
		var next []question
		for i, a := range out.Results {
			for _, v := range a.Vulns {
				if v.ID == "" || strings.ContainsAny(v.ID, "/?#") || len(v.ID) > 100 {
					return unusable(opAsk, "a vulnerability has no usable id")
				}
				if p := open[i].Package.PURL; !slices.Contains(known[v.ID], p) {
					known[v.ID] = append(known[v.ID], p)
				}
			}
			if a.NextPageToken != "" {
				again := open[i]
				again.PageToken = a.NextPageToken
				next = append(next, again)
			}
		}
		if open = next; len(open) == 0 {
			return nil
		}
	}
	return unusable(opAsk, "the answer has more than %d pages", maxPages)
}

// misdirected says what a missing method means: the address leads elsewhere.
func misdirected(err error) error {
	var f *compliance.Failure
	if errors.As(err, &f) && f.Class == compliance.Gone {
		f.Class = compliance.Blocked
		f.Detail += ": the address (COUNTERSIGN_OSV_URL) does not lead to this API"
	}
	return err
}

// served reports whether the database has an ecosystem for packages of a type. One
// question about another is refused with all that came with it.
// https://ossf.github.io/osv-schema/#defined-ecosystems
func served(purl string) bool {
	kind, _, _ := strings.Cut(strings.TrimPrefix(purl, "pkg:"), "/")
	return slices.Contains([]string{"npm", "pypi", "maven", "golang", "nuget", "cargo", "gem", "composer", "pub", "hex", "swift", "cran", "hackage", "conan"}, kind)
}

// finding is a record as it concerns one package; severities and fixes of other
// packages in it do not count.
func (r record) finding(purl string) dependency.Finding {
	f := dependency.Finding{ID: r.ID, Aliases: few(r.Aliases), PURL: purl, Severity: patch.SeverityUnknown, Summary: short(r.Summary, 200), Source: Provider, Withdrawn: r.Withdrawn}
	vectors := scores(r.Severity)
	for _, a := range r.Affected {
		if !about(a.Package.PURL, purl) {
			continue
		}
		vectors = append(vectors, scores(a.Severity)...)
		for _, within := range a.Ranges {
			for _, e := range within.Events {
				if e.Fixed != "" && within.Type != "GIT" && !slices.Contains(f.Fixed, e.Fixed) && len(f.Fixed) < most {
					f.Fixed = append(f.Fixed, short(e.Fixed, 100))
				}
			}
		}
	}
	f.Severity, f.Score = dependency.SeverityOf(vectors, r.Specific.Severity)
	return f
}

// about reports whether a record's package URL is the package of one with a version.
func about(pkg, purl string) bool {
	bare, _, _ := strings.Cut(pkg, "?")
	at := strings.LastIndex(purl, "@")
	return at > 0 && bare == purl[:at]
}
