package pages

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A small file is attached, shown and removed; a large one is refused in words,
// and a form without one says so.
func TestTicketFiles(t *testing.T) {
	p, server := place(t)
	_, err := p.cfg.Site.Jira.CreateIssue("acc-jonas", map[string]string{"title": "T"})
	require.NoError(t, err)
	upload := func(name string, data []byte) (int, string) {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		require.NoError(t, form.WriteField("do", "attach"))
		if name != "" {
			part, err := form.CreateFormFile("file", name)
			require.NoError(t, err)
			_, err = part.Write(data)
			require.NoError(t, err)
		}
		require.NoError(t, form.Close())
		answer, err := server.Client().Post(server.URL+"/jira/OPS-1", form.FormDataContentType(), &body)
		require.NoError(t, err)
		defer func() { require.NoError(t, answer.Body.Close()) }()
		page, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		return answer.StatusCode, string(page)
	}
	_, page := upload("results.xml", []byte("<testsuite/>"))
	require.Contains(t, page, `results.xml <span class="muted">12 bytes</span>`)
	issue, _ := p.cfg.Site.Jira.Issue("OPS-1")
	require.Len(t, issue.Attachments, 1)

	status, page := upload("", nil)
	require.Equal(t, http.StatusUnprocessableEntity, status)
	require.Contains(t, page, "Choose a file first.")
	status, page = upload("large.bin", []byte(strings.Repeat("x", maxBody)))
	require.Equal(t, http.StatusRequestEntityTooLarge, status)
	require.Contains(t, page, "1 MB")

	answer, page := send(t, server, http.MethodPost, "/jira/OPS-1", url.Values{"do": {"detach"}, "id": {issue.Attachments[0].ID}}, nil)
	require.Less(t, answer.StatusCode, 400, page)
	issue, _ = p.cfg.Site.Jira.Issue("OPS-1")
	require.Empty(t, issue.Attachments)
}
