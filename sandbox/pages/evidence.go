package pages

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/timeline"
)

type evidencePage struct {
	Changes []standingRow
	Dir     string
	Anchors string
	Key     string
}

type standingRow struct {
	evidence.Standing
	StateText string
	When      stamp
}

// read opens the evidence for one look, as an auditor would.
func (p *Pages) read(ctx context.Context, look func(*evidence.Reader) error) (err error) {
	r, err := evidence.OpenReader(ctx, p.cfg.Evidence)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return look(r)
}

func (p *Pages) evidenceList(w http.ResponseWriter, r *http.Request) {
	body := evidencePage{Dir: p.cfg.Evidence, Anchors: p.cfg.Anchors}
	err := p.read(r.Context(), func(reader *evidence.Reader) error {
		body.Key = reader.PublicKey()
		all, err := reader.Standings(r.Context(), "")
		for _, s := range all {
			body.Changes = append(body.Changes, standingRow{s, strings.ReplaceAll(s.State, "_", " "), p.stampOf(s.At, zone(p.acting(r)))})
		}
		return err
	})
	if err != nil {
		p.fail(w, r, http.StatusServiceUnavailable, "The evidence cannot be read: "+err.Error())
		return
	}
	p.show(w, r, http.StatusOK, "evidence.html", page{Title: "Evidence", Section: "evidence", Body: body})
}

type changePage struct {
	Number, Subject, State string
	Final                  bool
	Ticket                 string
	Lines                  []recordLine
	Proof                  timeline.Proof
	Unproven               string // why verification could not be done
}

type recordLine struct {
	timeline.Line
	When stamp
	Raw  string
}

func (p *Pages) evidenceChange(w http.ResponseWriter, r *http.Request) {
	where := zone(p.acting(r))
	body := changePage{Number: r.PathValue("number")}
	err := p.read(r.Context(), func(reader *evidence.Reader) error {
		st, err := reader.ByNumber(r.Context(), body.Number)
		if err != nil {
			return err
		}
		body.Subject, body.State, body.Final = st.Subject, strings.ReplaceAll(st.State, "_", " "), st.Final
		entries, err := reader.Records(r.Context(), st.Subject)
		if err != nil {
			return err
		}
		exact := func(t time.Time) string { return t.In(where).Format("2006-01-02 15:04:05 MST") }
		for i, l := range timeline.Of(entries, p.named, exact) {
			raw, err := json.MarshalIndent(entries[i].Record, "", "  ")
			if err != nil {
				return err
			}
			body.Lines = append(body.Lines, recordLine{l, p.stampOf(l.At, where), string(raw)})
		}
		return nil
	})
	switch {
	case errors.Is(err, evidence.ErrNotFound):
		p.fail(w, r, http.StatusNotFound, "Nothing is on record about "+body.Number+".")
		return
	case err != nil:
		p.fail(w, r, http.StatusServiceUnavailable, "The evidence cannot be read: "+err.Error())
		return
	}
	body.Ticket = p.ticketOf(body.Subject)
	body.Proof, body.Unproven = p.prove(r.Context())
	p.show(w, r, http.StatusOK, "change.html", page{Title: "Evidence of " + body.Number, Section: "evidence", Body: body})
}

// ticketOf is the key of the ticket a change is about, if its page is here.
func (p *Pages) ticketOf(subject string) string {
	if p.cfg.Site.Jira == nil {
		return ""
	}
	issue, ok := p.cfg.Site.Jira.Issue(subject[strings.LastIndex(subject, "/")+1:])
	if !ok || issue.Deleted {
		return ""
	}
	return issue.Key
}

func (p *Pages) evidenceVerify(w http.ResponseWriter, r *http.Request) {
	var body changePage
	body.Proof, body.Unproven = p.prove(r.Context())
	p.show(w, r, http.StatusOK, "verify.html", page{Title: "Verification", Section: "evidence", Body: body})
}

// prove verifies the whole log from its files; the second result says why it
// could not be done.
func (p *Pages) prove(ctx context.Context) (timeline.Proof, string) {
	p.verifying.Lock()
	defer p.verifying.Unlock()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	report, err := evidence.Verify(ctx, evidence.VerifyInput{Dir: p.cfg.Evidence, Anchors: []string{p.cfg.Anchors}})
	if err != nil && !errors.Is(err, evidence.ErrVerification) {
		return timeline.Proof{}, err.Error()
	}
	return timeline.Prove(report), ""
}

// evidenceBlob shows what a record refers to, as text.
func (p *Pages) evidenceBlob(w http.ResponseWriter, r *http.Request) {
	var content []byte
	err := p.read(r.Context(), func(reader *evidence.Reader) error {
		var err error
		content, err = reader.Blobs().Get(r.Context(), r.PathValue("digest"))
		return err
	})
	if err != nil {
		p.fail(w, r, http.StatusNotFound, "There is no such content: "+err.Error())
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(content) // the reader is gone if this fails
}
