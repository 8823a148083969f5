package pages

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/timeline"
)

type evidencePage struct {
	Subjects []standingRow
	Dir      string
	Anchors  string
	Key      string
}

// standingRow is one subject of any process, in a list.
type standingRow struct {
	evidence.Standing
	Process   string // what people call its kind; empty for a recording of none
	Where     string // path of its page
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
		body.Subjects = p.rows(all, zone(p.acting(r)))
		return err
	})
	if err != nil {
		p.fail(w, r, http.StatusServiceUnavailable, "The evidence cannot be read: "+err.Error())
		return
	}
	p.show(w, r, http.StatusOK, "evidence.html", page{Title: "Evidence", Section: "evidence", Body: body})
}

// rows lists subjects, what moved last first.
func (p *Pages) rows(all []evidence.Standing, where *time.Location) []standingRow {
	slices.SortStableFunc(all, func(a, b evidence.Standing) int { return cmp.Compare(b.Index, a.Index) })
	var out []standingRow
	for _, s := range all {
		out = append(out, standingRow{
			Standing: s, Process: timeline.NounOf(s.Subject), Where: pageOf(s),
			StateText: strings.ReplaceAll(s.State, "_", " "), When: p.stampOf(s.At, where),
		})
	}
	return out
}

// pageOf is the path of a subject's page: its number where it has one, else its
// workflow id, as for an alert.
func pageOf(s evidence.Standing) string {
	if s.Number != "" {
		return "/evidence/" + s.Number
	}
	return (&url.URL{Path: "/evidence/subject/" + s.Subject}).EscapedPath()
}

type subjectPage struct {
	Number, Subject, State string
	Name                   string // the number, or the workflow id of what has none
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

// evidenceNumber and evidenceSubject are the page of one subject of any process.
func (p *Pages) evidenceNumber(w http.ResponseWriter, r *http.Request) {
	number := r.PathValue("number")
	p.evidenceOf(w, r, number, func(reader *evidence.Reader) (evidence.Standing, error) {
		return reader.ByNumber(r.Context(), number)
	})
}

func (p *Pages) evidenceSubject(w http.ResponseWriter, r *http.Request) {
	subject := r.PathValue("subject")
	p.evidenceOf(w, r, subject, func(reader *evidence.Reader) (evidence.Standing, error) {
		return reader.Standing(r.Context(), subject)
	})
}

func (p *Pages) evidenceOf(w http.ResponseWriter, r *http.Request, name string, find func(*evidence.Reader) (evidence.Standing, error)) {
	where := zone(p.acting(r))
	body := subjectPage{Name: name}
	err := p.read(r.Context(), func(reader *evidence.Reader) error {
		st, err := find(reader)
		if err != nil {
			return err
		}
		body.Number, body.Subject, body.State, body.Final = st.Number, st.Subject, strings.ReplaceAll(st.State, "_", " "), st.Final
		entries, err := recordsOf(r.Context(), reader, st)
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
		p.fail(w, r, http.StatusNotFound, "Nothing is on record about "+name+".")
		return
	case err != nil:
		p.fail(w, r, http.StatusServiceUnavailable, "The evidence cannot be read: "+err.Error())
		return
	}
	body.Ticket = p.ticketOf(body.Subject)
	body.Proof, body.Unproven = p.prove(r.Context())
	p.show(w, r, http.StatusOK, "subject.html", page{Title: "Evidence of " + name, Section: "evidence", Body: body})
}

// recordsOf gives the records of a subject, and those of others that carry its
// number, such as of the alert that opened an incident.
func recordsOf(ctx context.Context, reader *evidence.Reader, st evidence.Standing) ([]evidence.Entry, error) {
	entries, err := reader.Records(ctx, st.Subject)
	if err != nil || st.Number == "" {
		return entries, err
	}
	related, err := reader.Records(ctx, st.Number)
	if err != nil {
		return nil, err
	}
	entries = append(entries, related...)
	slices.SortFunc(entries, func(a, b evidence.Entry) int { return cmp.Compare(a.Index, b.Index) })
	return slices.CompactFunc(entries, func(a, b evidence.Entry) bool { return a.Index == b.Index }), nil
}

// ticketOf is the key of the ticket a change is about, if its page is here.
func (p *Pages) ticketOf(subject string) string {
	if process, ok := timeline.OfSubject(subject); p.cfg.Site.Jira == nil || !ok || process.Name != "change" {
		return ""
	}
	issue, ok := p.cfg.Site.Jira.Issue(subject[strings.LastIndex(subject, "/")+1:])
	if !ok || issue.Deleted {
		return ""
	}
	return issue.Key
}

func (p *Pages) evidenceVerify(w http.ResponseWriter, r *http.Request) {
	var body subjectPage
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
