package jira_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
	"github.com/lowcodex/countersign/integrations/jira/jiratest"
)

// attachedTo is an issue with one file, and a client of its site.
func attachedTo(t *testing.T, data string) (*jiratest.Server, compliance.TicketRef, *httptest.Server) {
	stand, err := jiratest.New(jiratest.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, stand.Close()) })
	made, err := stand.CreateIssue("alice", map[string]string{"title": "Raise the invoice limit"})
	require.NoError(t, err)
	_, err = stand.Attach("alice", made.Key, "results.xml", []byte(data))
	require.NoError(t, err)
	server := httptest.NewServer(stand)
	t.Cleanup(server.Close)
	return stand, compliance.TicketRef{Site: "example", ID: made.ID, Key: made.Key}, server
}

// What is attached is listed with the ticket, and its bytes are what was attached;
// an empty file is a file (C14).
func TestC14_AttachmentsAreListedAndHashed(t *testing.T) {
	stand, ref, server := attachedTo(t, "<testsuite/>")
	_, err := stand.Attach("bruno", ref.Key, "empty.txt", nil)
	require.NoError(t, err)
	client := connect(t, server.URL, time.Second, slog.New(slog.DiscardHandler))
	ticket, err := client.Read(context.Background(), ref)
	require.NoError(t, err)
	require.Len(t, ticket.Attachments, 2)
	require.Equal(t, "results.xml", ticket.Attachments[0].Name)
	require.Equal(t, int64(12), ticket.Attachments[0].Size)
	for i, data := range []string{"<testsuite/>", ""} {
		got, err := client.Digest(context.Background(), ticket.Attachments[i])
		require.NoError(t, err)
		sum := sha256.Sum256([]byte(data))
		require.Equal(t, hex.EncodeToString(sum[:]), got)
	}
	require.NoError(t, stand.Detach("alice", ref.Key, ticket.Attachments[0].ID))
	_, err = client.Digest(context.Background(), ticket.Attachments[0])
	require.Equal(t, compliance.Unavailable, compliance.ClassOf(err), "a ticket is not gone because a file is: %v", err)
	ticket, err = client.Read(context.Background(), ref)
	require.NoError(t, err)
	require.Len(t, ticket.Attachments, 1)
}

// The credentials are never sent to another host: a redirect is refused, and the
// bytes themselves are asked for (C14).
func TestC14_NoRedirectIsFollowed(t *testing.T) {
	stand, ref, server := attachedTo(t, "<testsuite/>")
	var strangers int
	stranger := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		strangers++
		_, _ = w.Write([]byte("<testsuite/>"))
	}))
	defer stranger.Close()
	client := connect(t, server.URL, time.Second, slog.New(slog.DiscardHandler))
	ticket, err := client.Read(context.Background(), ref)
	require.NoError(t, err)
	_, err = client.Digest(context.Background(), ticket.Attachments[0])
	require.NoError(t, err)
	last := stand.Requests()[len(stand.Requests())-1]
	require.Equal(t, "redirect=false", last.Query)

	stand.Fail(faults.Fault{Kind: faults.Status, Op: "getAttachmentContent", Status: http.StatusSeeOther, Header: http.Header{"Location": {stranger.URL}}})
	_, err = client.Digest(context.Background(), ticket.Attachments[0])
	require.Equal(t, compliance.Blocked, compliance.ClassOf(err), "%v", err)
	require.Zero(t, strangers)
}

// Other bytes than were listed are never taken for the attachment (C14).
func TestC14_BytesMustBeThoseListed(t *testing.T) {
	stand, ref, server := attachedTo(t, strings.Repeat("x", 4096))
	client := connect(t, server.URL, time.Second, slog.New(slog.DiscardHandler))
	ticket, err := client.Read(context.Background(), ref)
	require.NoError(t, err)
	a := ticket.Attachments[0]
	a.Size++
	_, err = client.Digest(context.Background(), a)
	require.Equal(t, compliance.Unavailable, compliance.ClassOf(err), "%v", err)
	a.ID = "../issue/10001"
	_, err = client.Digest(context.Background(), a)
	require.Equal(t, compliance.Invalid, compliance.ClassOf(err), "%v", err)

	large, err := stand.Attach("alice", ref.Key, "large.bin", make([]byte, compliance.MaxAttachmentSize+1))
	require.NoError(t, err)
	_, err = client.Digest(context.Background(), compliance.Attachment{ID: large.ID, Size: large.Size})
	require.Equal(t, compliance.Unavailable, compliance.ClassOf(err), "%v", err)
	largest, err := stand.Attach("alice", ref.Key, "largest.bin", make([]byte, compliance.MaxAttachmentSize))
	require.NoError(t, err)
	_, err = client.Digest(context.Background(), compliance.Attachment{ID: largest.ID, Size: largest.Size})
	require.NoError(t, err)
}
