package jiratest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// answer is what an operation answers: a value for a success, or Jira's
// collection of errors.
type answer struct {
	status int
	value  any
}

// refuse is Jira's collection of errors with one general message.
func refuse(status int, format string, args ...any) answer {
	return answer{status, errorsBody{Messages: []string{fmt.Sprintf(format, args...)}, Errors: map[string]string{}}}
}

// refuseFields is Jira's collection of errors by field.
func refuseFields(errs map[string]string) answer {
	return answer{http.StatusBadRequest, errorsBody{Messages: []string{}, Errors: errs}}
}

type errorsBody struct {
	Messages []string          `json:"errorMessages"`
	Errors   map[string]string `json:"errors"`
}

// reason is a refusal in words, for a person on a page.
func (a answer) reason() error {
	if body, ok := a.value.(errorsBody); ok {
		parts := slices.Clone(body.Messages)
		for _, id := range sortedKeys(body.Errors) {
			parts = append(parts, body.Errors[id])
		}
		return errors.New("jiratest: " + strings.Join(parts, " "))
	}
	return fmt.Errorf("jiratest: %v", a.value)
}

// reply sends an answer. One that breaks the official description is a fault
// of the stand-in and is said so loudly.
func (s *Server) reply(w http.ResponseWriter, op operation, a answer) {
	if a.value == nil {
		w.WriteHeader(a.status)
		return
	}
	switch v := a.value.(type) {
	case redirectTo:
		w.Header().Set("Location", string(v))
		w.WriteHeader(a.status)
		return
	case bytesOf: // described as any object, and any bytes
		w.Header().Set("Content-Type", v.kind)
		w.WriteHeader(a.status)
		_, _ = w.Write(v.data)
		return
	}
	body, err := json.Marshal(a.value)
	if err == nil {
		if schema := op.answers[a.status]; schema != nil {
			var value any
			if value, err = unmarshalAny(body); err == nil {
				err = schema.Validate(value)
			}
		}
	}
	if err != nil {
		s.o.Logger.Error("the stand-in's answer breaks the official description", "op", op.ID, "error", err)
		http.Error(w, "the stand-in's answer breaks the official description: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(a.status)
	_, _ = w.Write(body)
}

func shown(t time.Time) string { return t.UTC().Format(timeFormat) }
