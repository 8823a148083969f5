package jiratest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const commentsPage = 100

func (s *Server) apiComments(target string, query url.Values) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.find(target)
	if i == nil {
		return notFound()
	}
	start, _ := strconv.Atoi(query.Get("startAt")) // checked against the description
	size := commentsPage
	if n, err := strconv.Atoi(query.Get("maxResults")); err == nil && n >= 0 {
		size = min(size, n)
	}
	all := slices.Clone(i.Comments)
	if query.Get("orderBy") == "-created" {
		slices.Reverse(all)
	}
	start = min(max(start, 0), len(all))
	page := []map[string]any{}
	for _, c := range all[start:min(start+size, len(all))] {
		page = append(page, s.showComment(i, c))
	}
	return answer{http.StatusOK, map[string]any{"startAt": start, "maxResults": size, "total": len(all), "comments": page}}
}

func (s *Server) showComment(i *issue, c Comment) map[string]any {
	author, _ := s.user(c.Author)
	return map[string]any{
		"self": "https://stand-in.invalid/rest/api/2/issue/" + i.ID + "/comment/" + c.ID, "id": c.ID, "body": c.Body,
		"author": s.showUser(author), "updateAuthor": s.showUser(author),
		"created": shown(c.Created), "updated": shown(c.Created), "jsdPublic": true,
	}
}

func (s *Server) apiComment(target string, body []byte) answer {
	var in struct{ Body json.RawMessage }
	if err := json.Unmarshal(body, &in); err != nil {
		return refuse(http.StatusBadRequest, "Unexpected body: %s", err)
	}
	var text string
	if json.Unmarshal(in.Body, &text) != nil {
		// What version 2 says to a document of version 3.
		return refuseFields(map[string]string{"comment": "Comment body is not valid!"})
	}
	if a, ok := commentRefused(text); ok {
		return a
	}
	s.mu.Lock()
	i := s.find(target)
	if i == nil {
		s.mu.Unlock()
		return notFound()
	}
	if len(i.Comments) >= s.o.MaxComments {
		s.mu.Unlock()
		return refuse(http.StatusRequestEntityTooLarge, "The per-issue limit for comments has been breached.")
	}
	made := s.showComment(i, s.addComment(i, s.o.Bot.AccountID, text))
	s.mu.Unlock()
	s.effect("addComment")
	return answer{http.StatusCreated, made}
}

func commentRefused(text string) (answer, bool) {
	switch {
	case strings.TrimSpace(text) == "":
		return refuseFields(map[string]string{"comment": "Comment body can not be empty!"}), true
	case utf16Len(text) > maxText:
		return refuseFields(map[string]string{"comment": "The entered text is too long. It exceeds the allowed limit of 32,767 characters."}), true
	}
	return answer{}, false
}

// addComment is called with the lock held.
func (s *Server) addComment(i *issue, by, text string) Comment {
	c := Comment{ID: s.number(), Author: by, Body: text, Created: s.o.Now().UTC()}
	i.Comments = append(i.Comments, c)
	s.touch(i, nil)
	s.announce("comment_created", i, by, nil, &c)
	s.changed()
	return c
}
