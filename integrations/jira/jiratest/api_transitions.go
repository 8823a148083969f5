package jiratest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/integrations/jira"
)

func (s *Server) apiTransitions(target string, query url.Values) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.find(target)
	if i == nil {
		return notFound()
	}
	withFields := slices.Contains(strings.Split(query.Get("expand"), ","), "transitions.fields")
	list := []map[string]any{}
	ways := s.typeOf(i).ways(i.Status)
	if !s.may("TRANSITION_ISSUES") {
		ways = nil
	}
	for _, t := range ways {
		shown := map[string]any{
			"id": t.ID, "name": t.Name, "to": s.showStatus(s.typeOf(i), t.To), "hasScreen": len(t.Required)+len(t.Optional) > 0,
			"isGlobal": t.From == "", "isInitial": false, "isAvailable": true, "isConditional": false,
		}
		if withFields {
			fields := map[string]any{}
			for _, id := range append(slices.Clone(t.Required), t.Optional...) {
				fields[id] = fieldMeta(s.typeOf(i), id, slices.Contains(t.Required, id))
			}
			shown["fields"] = fields
		}
		list = append(list, shown)
	}
	return answer{http.StatusOK, map[string]any{"expand": "transitions", "transitions": list}}
}

func fieldMeta(t IssueType, id string, required bool) map[string]any {
	f, _ := t.field(id)
	kinds := map[string]string{
		jira.KindText: "string", jira.KindChoice: "option", jira.KindUser: "user", jira.KindDatetime: "datetime",
		jira.KindDate: "date", jira.KindNumber: "number", jira.KindCheckbox: "array", kindLabels: "array",
	}
	schema := map[string]any{"type": kinds[f.Kind]}
	switch {
	case id == "resolution":
		schema = map[string]any{"type": "resolution", "system": "resolution"}
	case f.Kind == jira.KindCheckbox:
		schema["items"] = "option"
	case f.Kind == kindLabels:
		schema["items"] = "string"
	}
	meta := map[string]any{
		"required": required, "schema": schema, "name": f.Name, "key": id, "hasDefaultValue": false, "operations": []string{"set"},
	}
	if len(f.Options) > 0 {
		allowed := []map[string]string{}
		for n, option := range f.Options {
			allowed = append(allowed, map[string]string{"id": itoa(10100 + n), "value": option, "name": option})
		}
		meta["allowedValues"] = allowed
	}
	return meta
}

func (s *Server) apiTransition(target string, body []byte) answer {
	var in issueUpdate
	if err := json.Unmarshal(body, &in); err != nil || in.Transition.ID == "" {
		return refuse(http.StatusBadRequest, "Missing 'transition' identifier")
	}
	s.mu.Lock()
	i := s.find(target)
	if i == nil {
		s.mu.Unlock()
		return notFound()
	}
	// Two transitions of one issue at once: the second is refused with 409.
	if s.moving[i.ID] {
		s.mu.Unlock()
		return refuse(http.StatusConflict, "The issue %s is being transitioned by another request. Please retry.", i.Key)
	}
	s.moving[i.ID] = true
	refused, bad := s.move(i, s.o.Bot.AccountID, in)
	s.mu.Unlock()
	if !bad {
		s.effect("doTransition")
	}
	s.mu.Lock()
	delete(s.moving, i.ID)
	s.mu.Unlock()
	if bad {
		return refused
	}
	return answer{http.StatusNoContent, nil}
}

// move performs a transition. Called with the lock held.
func (s *Server) move(i *issue, by string, in issueUpdate) (answer, bool) {
	ways := s.typeOf(i).ways(i.Status)
	n := slices.IndexFunc(ways, func(t Transition) bool { return t.ID == in.Transition.ID })
	if n < 0 {
		return refuse(http.StatusBadRequest, "It seems that you have tried to perform a workflow operation (%s) that is not valid for the current state of this issue (%s). The likely cause is that somebody has changed the issue recently, please look at the issue history for details.",
			in.Transition.ID, i.Key), true
	}
	way, wrong, typ := ways[n], map[string]string{}, s.typeOf(i)
	for id := range in.Fields {
		if !slices.Contains(way.Required, id) && !slices.Contains(way.Optional, id) {
			wrong[id] = fmt.Sprintf("Field '%s' cannot be set. It is not on the appropriate screen, or unknown.", id)
		}
	}
	for _, id := range way.Required {
		if _, ok := in.Fields[id]; !ok {
			f, _ := typ.field(id)
			wrong[id] = f.Name + " is required."
		}
	}
	if len(wrong) > 0 {
		return refuseFields(wrong), true
	}
	values := s.checkValues(typ, in.Fields, wrong)
	if len(wrong) > 0 {
		return refuseFields(wrong), true
	}
	edits := s.edit(i, by, values)
	if i.Status != way.To {
		edit := Edit{At: s.o.Now().UTC(), By: by, Field: "status", From: i.Status, To: way.To}
		i.Status = way.To
		s.touch(i, []Edit{edit})
		edits = append(edits, edit)
	}
	if len(edits) > 0 {
		s.announce(issueUpdated, i, by, edits, nil)
	}
	s.changed()
	return answer{}, false
}
