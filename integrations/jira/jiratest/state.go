package jiratest

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/lowcodex/countersign/integrations/integrationtest/kept"
)

// state is everything that survives a restart.
type state struct {
	Next       int         `json:"next"` // last number given to an issue, comment or change
	Issues     []*issue    `json:"issues"`
	Deliveries []*delivery `json:"deliveries"`
}

// issue is an issue as stored: the fields in Jira's own form.
type issue struct {
	ID     string `json:"id"`
	Key    string `json:"key"`
	Status string `json:"status"`
	// Type and Project are empty for a change.
	Type     string                     `json:"type,omitempty"`
	Project  string                     `json:"project,omitempty"`
	Links    []link                     `json:"links,omitempty"`
	Creator  string                     `json:"creator"`
	Values   map[string]json.RawMessage `json:"values"`
	Comments []Comment                  `json:"comments"`
	Files    []file                     `json:"files,omitempty"`
	History  []Edit                     `json:"history"`
	Created  time.Time                  `json:"created"`
	Updated  time.Time                  `json:"updated"`
	Deleted  bool                       `json:"deleted,omitempty"`
	// Unseen is how many searches will still miss it, and Indexed when the
	// search may find it.
	Unseen  int       `json:"unseen,omitempty"`
	Indexed time.Time `json:"indexed"`
}

// maxDeliveries bounds the log of finished deliveries.
const maxDeliveries = 1000

// changed stores the state and wakes everybody who waits. It is called with
// the lock held, before an effect is answered: what was answered survives a
// crash of the stand-in, because the file is replaced in one step.
func (s *Server) changed() {
	close(s.wake)
	s.wake = make(chan struct{})
	if extra := len(s.st.Deliveries) - maxDeliveries; extra > 0 {
		done := 0
		s.st.Deliveries = slices.DeleteFunc(s.st.Deliveries, func(d *delivery) bool {
			if d.Done && done < extra {
				done++
				return true
			}
			return false
		})
	}
	if err := kept.Save(s.o.SaveTo, s.st); err != nil {
		s.o.Logger.Error("could not save the stand-in's state", "error", err)
	}
}

// number gives the next number; issues start at 10001 as on a new site.
func (s *Server) number() string {
	s.st.Next++
	return strconv.Itoa(10000 + s.st.Next)
}

func (s *Server) find(idOrKey string) *issue {
	for _, i := range s.st.Issues {
		if !i.Deleted && (i.ID == idOrKey || equalFold(i.Key, idOrKey)) {
			return i
		}
	}
	return nil
}

// edit sets values and notes what changed; it returns the changelog.
func (s *Server) edit(i *issue, by string, values map[string]json.RawMessage) []Edit {
	var edits []Edit
	for _, id := range sortedKeys(values) {
		from, to := s.text(i.Values[id]), s.text(values[id])
		if string(values[id]) == "null" {
			delete(i.Values, id)
		} else {
			i.Values[id] = values[id]
		}
		if from != to {
			edits = append(edits, Edit{At: s.o.Now().UTC(), By: by, Field: id, From: from, To: to})
		}
	}
	s.touch(i, edits)
	return edits
}

func (s *Server) touch(i *issue, edits []Edit) {
	i.History = append(i.History, edits...)
	// Jira's own time of update has milliseconds and never stands still for two edits here.
	now := s.o.Now().UTC().Truncate(time.Millisecond)
	if !now.After(i.Updated) {
		now = i.Updated.Add(time.Millisecond)
	}
	i.Updated = now
}
