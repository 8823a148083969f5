package pages

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/sandbox/trouble"
)

// Where nothing can be made to go wrong, nothing of it is offered.
func TestTroubles_None(t *testing.T) {
	_, server := place(t)
	_, page := send(t, server, http.MethodGet, "/", nil, nil)
	require.NotContains(t, page, "Then make something fail")
	require.NotContains(t, page, `class="lasting"`)
	answer, _ := send(t, server, http.MethodPost, "/trouble/slack", url.Values{"do": {"begin"}}, nil)
	require.Equal(t, http.StatusNotFound, answer.StatusCode)
}

// A trouble is shown on every page with the button that undoes it, stops people at the
// vendor that is down, and is said when it cannot be begun.
func TestTroubles_AreShownUntilTheyAreUndone(t *testing.T) {
	p, server := place(t)
	var lasts atomic.Value
	lasts.Store("")
	p.cfg.Troubles = trouble.Of(
		trouble.Trouble{
			Name: "jira", Title: "Jira goes down", Begin: "Take it down", End: "Bring it up", Watch: "Look at the card.",
			Cause: func(context.Context) error { lasts.Store("Jira is down."); return nil },
			Undo:  func(context.Context) error { lasts.Store(""); return nil },
			Lasts: func() string { return lasts.Load().(string) },
		},
		trouble.Trouble{
			Name: "freeze", Title: "Everything is frozen", Lasts: func() string { return "" },
			Cause: func(context.Context) error { return errors.New("calendars.yaml: a calendar is odd") },
		},
	)
	_, page := send(t, server, http.MethodGet, "/", nil, nil)
	require.Contains(t, page, `value="begin">Take it down<`)
	require.Contains(t, page, "Look at the card.")
	answer, _ := send(t, server, http.MethodPost, "/trouble/jira", url.Values{"do": {"begin"}, "back": {"/evidence"}}, nil)
	require.Equal(t, "/evidence", answer.Header.Get("Location"))
	for _, path := range []string{"/", "/jira", "/evidence", "/slack/C01CHANGES"} {
		_, page := send(t, server, http.MethodGet, path, nil, nil)
		require.Contains(t, page, `aria-live="polite"><form class="lasting"`, path)
		require.Contains(t, page, `value="end">Bring it up<`, path)
	}
	answer, page = send(t, server, http.MethodPost, "/jira/new", url.Values{"f.title": {"T"}}, nil)
	require.Equal(t, http.StatusServiceUnavailable, answer.StatusCode)
	require.Contains(t, page, "Jira is down. Nothing was done.")
	require.Empty(t, p.cfg.Site.Jira.Issues())
	answer, _ = send(t, server, http.MethodPost, "/slack/C01CHANGES", url.Values{"do": {"say"}, "text": {"Hello"}}, nil)
	require.Equal(t, http.StatusSeeOther, answer.StatusCode, "the other vendor is up")
	send(t, server, http.MethodPost, "/trouble/jira", url.Values{"do": {"end"}}, nil)
	answer, page = send(t, server, http.MethodPost, "/jira/new", url.Values{"f.title": {"T"}}, nil)
	require.Equal(t, http.StatusSeeOther, answer.StatusCode, page)

	answer, page = send(t, server, http.MethodPost, "/trouble/freeze", url.Values{"do": {"begin"}}, nil)
	require.Equal(t, http.StatusInternalServerError, answer.StatusCode)
	require.Contains(t, page, "That did not work: calendars.yaml: a calendar is odd")
	answer, _ = send(t, server, http.MethodPost, "/trouble/jira", url.Values{"do": {"begin"}}, http.Header{"Sec-Fetch-Site": {"cross-site"}})
	require.Equal(t, http.StatusForbidden, answer.StatusCode)
	require.Empty(t, lasts.Load())
}
