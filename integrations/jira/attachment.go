package jira

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	gojira "github.com/andygrunwald/go-jira"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/httpcall"
)

const opAttachment = "read an attachment"

// files is a second way to Jira for the bytes of attachments, which are of any type.
func files(cfg Config) (*httpcall.Transport, *gojira.Client, error) {
	calls := cfg.HTTP
	calls.AnyType, calls.MaxAnswer = true, compliance.MaxAttachmentSize
	wire := httpcall.New(calls)
	caller := wire.Client()
	caller.Transport = &gojira.BasicAuthTransport{Username: cfg.Email, Password: cfg.Token, Transport: caller.Transport}
	api, err := gojira.NewClient(caller, cfg.URL)
	return wire, api, err
}

// attachments reads the list of an issue's attachments; none when the site has
// them switched off. A list that cannot be read is an error: what is attached is
// part of what is approved.
func (a issueAnswer) attachments(op string) ([]compliance.Attachment, error) {
	raw := a.Fields["attachment"]
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var list []struct {
		ID       string `json:"id"`
		Filename string `json:"filename"`
		Size     int64  `json:"size"`
		MimeType string `json:"mimeType"`
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, &compliance.Failure{Class: compliance.Unavailable, Op: op, Detail: "the list of attachments could not be understood"}
	}
	var out []compliance.Attachment
	for _, f := range list {
		if !idPattern.MatchString(f.ID) {
			return nil, &compliance.Failure{Class: compliance.Unavailable, Op: op, Detail: "an attachment in the answer has no id"}
		}
		out = append(out, compliance.Attachment{ID: f.ID, Name: f.Filename, Size: f.Size, Type: f.MimeType})
	}
	return out, nil
}

// Digest is the SHA-256 of an attachment's bytes in hex. Jira is asked for the
// bytes themselves (redirect=false): no redirect is followed, so the credentials
// reach no other host. Not as many bytes as were listed, or an attachment that is
// gone, are Unavailable: the ticket has to be read again.
func (c *Client) Digest(ctx context.Context, a compliance.Attachment) (string, error) {
	if !idPattern.MatchString(a.ID) {
		return "", invalid(opAttachment, "an attachment is named by its number-only id")
	}
	ctx, x := c.bytes.Begin(ctx, opAttachment)
	req, err := c.download.NewRequestWithContext(ctx, http.MethodGet, "rest/api/2/attachment/content/"+a.ID+"?redirect=false", nil)
	var body []byte
	if err == nil {
		var resp *gojira.Response
		if resp, err = c.download.Do(req, nil); resp != nil {
			body, _ = io.ReadAll(resp.Body) // the transport has read it whole
			_ = resp.Body.Close()
		}
	}
	if f := x.Failure(err); f != nil {
		if f.Class == compliance.Gone {
			f.Class, f.Detail = compliance.Unavailable, "an attachment is gone or hidden from our account: the ticket is read again"
		}
		return "", f
	}
	if int64(len(body)) != a.Size {
		return "", &compliance.Failure{Class: compliance.Unavailable, Op: opAttachment, Detail: fmt.Sprintf(
			"%d bytes came and %d are listed: something stands between us and Jira, or the ticket was edited meanwhile", len(body), a.Size)}
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:]), nil
}
