package pages

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"

	"github.com/lowcodex/countersign/integrations/jira/jiratest"
)

// attachment is a file attached to a ticket, as a person sees it.
type attachment struct {
	jiratest.Attachment
	Size string
}

// attachments lists a ticket's files.
func attachments(i jiratest.Issue) []attachment {
	var out []attachment
	for _, a := range i.Attachments {
		out = append(out, attachment{a, fmt.Sprintf("%d bytes", a.Size)})
	}
	return out
}

// attach attaches the file of a form. The form takes small files only; what is
// larger is refused before it gets here.
func (p *Pages) attach(r *http.Request, me, key string) error {
	sent, header, err := r.FormFile("file")
	if err != nil {
		return errors.New("choose a file first")
	}
	defer func() { _ = sent.Close() }()
	data, err := io.ReadAll(sent)
	if err != nil {
		return errors.New("the file could not be read")
	}
	_, err = p.cfg.Site.Jira.Attach(me, key, filepath.Base(header.Filename), data)
	return err
}
