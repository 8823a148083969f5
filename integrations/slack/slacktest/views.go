package slacktest

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// triggerLife is how long a trigger id may be exchanged for a view.
// https://docs.slack.dev/surfaces/modals#opening_modals
const triggerLife = 3 * time.Second

const maxView = 250_000 // bytes

// trigger is the right to open one view for one user, once, for 3 seconds.
type trigger struct {
	user string
	at   time.Time
	view string // id of the view it was exchanged for
}

// newTrigger makes a trigger id. The caller holds the lock.
func (s *Server) newTrigger(user string) string {
	s.state.Seq++
	now := s.o.Now()
	for id, t := range s.triggers { // what is long dead need not be told apart from what never was
		if now.Sub(t.at) > time.Hour {
			delete(s.triggers, id)
		}
	}
	id := fmt.Sprintf("%d.%d.%08x", now.UnixMilli(), s.state.Seq, s.state.Seq*2654435761%(1<<32))
	s.triggers[id] = &trigger{user: user, at: now}
	return id
}

func (s *Server) openView(a args) (answer, *apiError) {
	t, known := s.triggers[a.str("trigger_id")]
	switch {
	case !known:
		return answer{}, failed("invalid_trigger_id")
	case t.view != "":
		return answer{}, failed("exchanged_trigger_id")
	case s.o.Now().Sub(t.at) > triggerLife:
		return answer{}, failed("expired_trigger_id")
	}
	raw, fail := s.readView(a["view"])
	if fail != nil {
		return answer{}, fail
	}
	v := View{ID: s.nextID("V"), User: t.user, Hash: s.newHash(), Raw: raw, Open: true, External: str(View{Raw: raw}.decoded()["external_id"])}
	if fail := s.uniqueExternal(v); fail != nil {
		return answer{}, fail
	}
	t.view = v.ID
	s.state.Views = append(s.state.Views, v)
	return answer{effect: true, body: map[string]any{"view": s.viewJSON(v, nil)}}, nil
}

func (s *Server) updateView(a args) (answer, *apiError) {
	i := slices.IndexFunc(s.state.Views, func(v View) bool {
		return v.Open && (v.ID == a.str("view_id") || (a.str("external_id") != "" && v.External == a.str("external_id")))
	})
	if i < 0 {
		return answer{}, failed("not_found")
	}
	v := &s.state.Views[i]
	if h := a.str("hash"); h != "" && h != v.Hash {
		return answer{}, failed("hash_conflict")
	}
	raw, fail := s.readView(a["view"])
	if fail != nil {
		return answer{}, fail
	}
	v.Raw, v.Hash = raw, s.newHash()
	return answer{effect: true, body: map[string]any{"view": s.viewJSON(*v, nil)}}, nil
}

// readView checks a modal and returns it with block ids filled in.
func (s *Server) readView(arg any) (json.RawMessage, *apiError) {
	parsed, err := jsonArg(arg)
	v := object(parsed)
	if err != nil || v == nil {
		return nil, failed("invalid_arguments", "[ERROR] failed to match all allowed schemas [json-pointer:/view]")
	}
	l := &lint{}
	l.view(v)
	if len(l.faults) > 0 {
		return nil, failed("invalid_arguments", l.faults...)
	}
	s.fillIDs(v["blocks"])
	raw, _ := json.Marshal(v) // it came from JSON
	if len(raw) > maxView {
		return nil, failed("view_too_large")
	}
	return raw, nil
}

func (s *Server) uniqueExternal(v View) *apiError {
	if v.External == "" {
		return nil
	}
	for _, other := range s.state.Views {
		if other.External == v.External {
			return failed("duplicate_external_id")
		}
	}
	return nil
}

func (s *Server) newHash() string {
	s.state.Seq++
	return fmt.Sprintf("%d.%08x", s.o.Now().Unix(), s.state.Seq)
}

// viewJSON is a view as the API and interactions give it, with what was filled in.
func (s *Server) viewJSON(v View, values map[string]any) map[string]any {
	out := v.decoded()
	if values == nil {
		values = map[string]any{}
	}
	for k, val := range map[string]any{
		"id": v.ID, "team_id": s.o.TeamID, "state": map[string]any{"values": values}, "hash": v.Hash, "root_view_id": v.ID,
		"previous_view_id": nil, "app_id": s.o.AppID, "bot_id": s.o.BotID, "app_installed_team_id": s.o.TeamID,
	} {
		out[k] = val
	}
	for _, k := range []string{"private_metadata", "callback_id", "external_id"} {
		if _, ok := out[k]; !ok {
			out[k] = ""
		}
	}
	return out
}
