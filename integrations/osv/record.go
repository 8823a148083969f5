package osv

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// most bounds lists that are kept of a record.
const most = 10

// record is what is read of a vulnerability, in the OSV format
// (https://ossf.github.io/osv-schema/).
type record struct {
	ID        string     `json:"id"`
	Summary   string     `json:"summary"`
	Aliases   []string   `json:"aliases"`
	Withdrawn time.Time  `json:"withdrawn"`
	Severity  []severity `json:"severity"`
	Affected  []struct {
		Package struct {
			PURL string `json:"purl"`
		} `json:"package"`
		Severity []severity `json:"severity"`
		Ranges   []struct {
			Type   string `json:"type"`
			Events []struct {
				Fixed string `json:"fixed"`
			} `json:"events"`
		} `json:"ranges"`
	} `json:"affected"`
	Specific struct {
		Severity string `json:"severity"`
	} `json:"database_specific"`
}

type severity struct {
	Score string `json:"score"`
}

// lookUp reads one vulnerability. One that is not there is Gone.
func (c *Client) lookUp(ctx context.Context, id string) (record, error) {
	var r record
	if _, err := c.call(ctx, opLookUp, http.MethodGet, "/v1/vulns/"+url.PathEscape(id), nil, &r); err != nil {
		return record{}, err
	}
	if r.ID != id {
		return record{}, unusable(opLookUp, "another vulnerability was answered than %.40q", id)
	}
	return r, nil
}

func scores(list []severity) []string {
	var out []string
	for _, s := range list {
		out = append(out, s.Score)
	}
	return out
}

// few keeps what names a vulnerability elsewhere.
func few(aliases []string) []string {
	var out []string
	for _, a := range aliases[:min(len(aliases), most)] {
		out = append(out, short(a, 100))
	}
	return out
}

func short(s string, n int) string {
	return compliance.Cut(strings.Join(strings.Fields(s), " "), n)
}
