package jira

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/lowcodex/countersign/compliance"
)

const (
	// SubjectLabel begins the label that names the process of a ticket. Labels
	// are part of every webhook about an issue itself, so that the process is
	// found without asking anybody; webhooks about comments carry none.
	SubjectLabel = "cs-subject-"
	maxLabel     = 255 // UTF-16 units
	maxSummary   = 255
)

// task fills in a ticket that is no change. Only its title, its event key and
// what would be lost in silence can be refused.
func (c *Client) task(d *draft, t compliance.NewTicket, mapping []FieldMap) {
	if d.fields["summary"] = summary(t.Title); d.fields["summary"] == "" {
		d.refuse("the title is missing")
	}
	d.text, d.more = escape(t.Text), c.cfg.MoreURL
	if label := SubjectLabel + t.Subject; t.Subject != "" {
		if strings.ContainsFunc(label, func(r rune) bool { return r <= ' ' || r >= 0x7f }) || units(label) > maxLabel {
			d.refuse("the subject %q cannot be a label", t.Subject)
		}
		d.fields["labels"] = []string{d.label, label}
	}
	if _, reported := d.fields["reporter"]; reported {
		d.spare["reporter"] = "*Requested by:* " + person(t.Requester)
	}
	switch {
	case t.Assignee.IsZero():
	case t.Assignee.Provider != Provider:
		d.refuse("the assignee has no Jira account in the directory")
	default:
		d.fields["assignee"] = map[string]string{"accountId": t.Assignee.ID}
		d.spare["assignee"] = "*Assign to:* " + person(t.Assignee)
	}
	if t.Due != "" {
		if _, err := time.Parse(jiraDate, t.Due); err != nil {
			d.refuse("the due date %q is no date; write it like 2026-11-21", t.Due)
		}
		d.fields["duedate"] = t.Due
		d.spare["duedate"] = "*Due:* " + escape(t.Due)
	}
	d.ownFields(t, mapping)
	d.related(t.Related, c.cfg.Site)
	d.describe()
}

// ownFields fills in the kind's fields where they are mapped and fit, and
// writes the others into the description.
func (d *draft) ownFields(t compliance.NewTicket, mapping []FieldMap) {
	for _, name := range slices.Sorted(maps.Keys(t.Fields)) {
		text := t.Fields[name]
		if text == "" {
			continue
		}
		line := "*" + escape(strings.ToUpper(name[:1])+strings.ReplaceAll(name[1:], "_", " ")) + ":* " + escape(text)
		i := slices.IndexFunc(mapping, func(f FieldMap) bool { return f.Name == name })
		if i < 0 {
			d.lines = append(d.lines, line)
			continue
		}
		value, err := mapping[i].encode(text)
		if err != nil {
			d.lines = append(d.lines, line)
			continue
		}
		d.fields[mapping[i].ID] = value
		d.spare[mapping[i].ID] = line
	}
}

// related names the related tickets: Jira makes links of their keys, also where
// a true link cannot be made.
func (d *draft) related(refs []compliance.TicketRef, site string) {
	var keys []string
	for _, ref := range refs {
		switch {
		case ref.Site != "" && ref.Site != site:
			d.refuse("a related ticket is on site %q, this is site %q", ref.Site, site)
		case !idPattern.MatchString(ref.ID) && !keyPattern.MatchString(ref.Key):
			d.refuse("a related ticket has neither an id nor a key")
		case keyPattern.MatchString(ref.Key):
			keys = append(keys, ref.Key)
		}
	}
	if len(keys) > 0 {
		d.lines = append(d.lines, "*Related:* "+strings.Join(keys, ", "))
	}
}

// drop takes the fields that a refusal names out of the draft, when they can be
// spared, and returns which. Jira names a field before its reason.
func (d *draft) drop(refusal error) []string {
	var dropped []string
	for _, id := range slices.Sorted(maps.Keys(d.spare)) {
		if !names(refusal, id) {
			continue
		}
		dropped = append(dropped, id)
		d.lines = append(d.lines, d.spare[id])
		delete(d.fields, id)
		delete(d.spare, id)
	}
	if len(dropped) > 0 {
		d.describe()
	}
	return dropped
}

// describe writes the description anew. What is too long is cut at its end.
func (d *draft) describe() {
	body := strings.TrimRight(strings.Join(d.lines, "\n")+"\n\n"+d.text, "\n")
	if body = strings.TrimLeft(body, "\n"); body == "" {
		return
	}
	if units(body) > maxComment {
		remark := cutRemark(d.more)
		body = cut(body, maxComment-units(remark)) + remark
	}
	d.fields["description"] = body
}

// names reports whether a refusal gives a reason for a field: "HTTP 400 Bad
// Request: assignee: …; reporter: …".
func names(refusal error, field string) bool {
	var f *compliance.Failure
	if !errors.As(refusal, &f) {
		return false
	}
	reasons := strings.TrimPrefix(f.Detail, "HTTP 400 "+http.StatusText(http.StatusBadRequest)+": ")
	return strings.Contains("; "+reasons, "; "+field+": ")
}

// person names an account so that Jira shows who it is.
func person(a compliance.Account) string {
	if accountPattern.MatchString(a.ID) {
		return "[~accountid:" + a.ID + "]"
	}
	return escape(a.ID)
}

// summary makes one plain line of a title, cut to Jira's limit between runes.
func summary(title string) string {
	line := strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(title, "\uFFFD"))), " ")
	if units(line) <= maxSummary {
		return line
	}
	n := 0
	for i, r := range line {
		if n += utf16.RuneLen(r); n > maxSummary-1 {
			return strings.TrimRight(line[:i], " ") + "…"
		}
	}
	return line
}
