package jiratest

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"time"
	"unicode/utf8"
)

// Attachment is a file attached to an issue, without its bytes.
type Attachment struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Size    int64     `json:"size"`
	Type    string    `json:"type"`
	By      string    `json:"by"` // account id
	Created time.Time `json:"created"`
}

// file is an attachment as stored: its bytes never change under its id.
type file struct {
	Attachment
	Data []byte `json:"data"`
}

// maxAttachment is the largest file the stand-in takes.
const maxAttachment = 16 << 20

// bytesOf answers an operation with the bytes of a file, redirectTo with an
// address of another host.
type (
	bytesOf struct {
		kind string
		data []byte
	}
	redirectTo string
)

// apiAttachment answers with a redirect to where the bytes lie, which takes no
// credentials of the API, unless the caller asks for the bytes themselves.
func (s *Server) apiAttachment(id string, query url.Values) answer {
	gone := refuse(http.StatusNotFound, "The attachment with id '%s' does not exist", id)
	if !s.may("BROWSE_PROJECTS") {
		return gone
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.st.Issues {
		n := slices.IndexFunc(i.Files, func(f file) bool { return f.ID == id })
		if n < 0 || i.Deleted {
			continue
		}
		if query.Get("redirect") != "false" {
			return answer{http.StatusSeeOther, redirectTo("https://media.stand-in.invalid/file/" + id + "/binary?token=stand-in")}
		}
		return answer{http.StatusOK, bytesOf{i.Files[n].Type, i.Files[n].Data}}
	}
	return gone
}

// showAttachments is the field "attachment" as the API shows it.
func (s *Server) showAttachments(i *issue) []map[string]any {
	all := []map[string]any{}
	for _, f := range i.Files {
		author, _ := s.user(f.By)
		all = append(all, map[string]any{
			"self": "https://stand-in.invalid/rest/api/2/attachment/" + f.ID, "id": f.ID, "filename": f.Name, "author": s.showUser(author),
			"created": shown(f.Created), "size": f.Size, "mimeType": f.Type, "content": "https://stand-in.invalid/rest/api/2/attachment/content/" + f.ID,
		})
	}
	return all
}

// Attach attaches a file to an issue as that user.
func (s *Server) Attach(user, key, name string, data []byte) (Attachment, error) {
	by, ok := s.user(user)
	switch {
	case !ok:
		return Attachment{}, fmt.Errorf("jiratest: there is no user %q", user)
	case name == "" || utf8.RuneCountInString(name) > 255 || name != filepath.Base(name):
		return Attachment{}, fmt.Errorf("jiratest: %q is no name of a file", name)
	case len(data) > maxAttachment:
		return Attachment{}, fmt.Errorf("jiratest: the file is larger than %d bytes", maxAttachment)
	}
	kind := mime.TypeByExtension(filepath.Ext(name))
	if kind == "" {
		kind = "application/octet-stream"
	}
	var made Attachment
	err := s.onIssue(key, func(i *issue) error {
		made = Attachment{ID: s.number(), Name: name, Size: int64(len(data)), Type: kind, By: by.AccountID, Created: s.o.Now().UTC()}
		i.Files = append(i.Files, file{made, slices.Clone(data)})
		s.attached(i, by.AccountID, Edit{Field: "Attachment", To: name})
		return nil
	})
	return made, err
}

// Detach removes an attachment as that user.
func (s *Server) Detach(user, key, id string) error {
	by, ok := s.user(user)
	if !ok {
		return fmt.Errorf("jiratest: there is no user %q", user)
	}
	return s.onIssue(key, func(i *issue) error {
		n := slices.IndexFunc(i.Files, func(f file) bool { return f.ID == id })
		if n < 0 {
			return fmt.Errorf("jiratest: %s has no attachment %s", key, id)
		}
		name := i.Files[n].Name
		i.Files = slices.Delete(i.Files, n, n+1)
		s.attached(i, by.AccountID, Edit{Field: "Attachment", From: name})
		return nil
	})
}

// attached is called with the lock held.
func (s *Server) attached(i *issue, by string, e Edit) {
	e.At, e.By = s.o.Now().UTC(), by
	s.touch(i, []Edit{e})
	s.announce(issueUpdated, i, by, []Edit{e}, nil)
	s.changed()
}
