package advisories

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/httpcall"
)

const opFetch = "fetch advisories"

// Client fetches documents. It is safe for concurrent use and never retries:
// every error is a *compliance.Failure whose class says what may be done.
type Client struct {
	cfg  Config
	wire *httpcall.Transport
}

// New makes a Client; it calls nobody.
func New(cfg Config) *Client {
	cfg = cfg.withDefaults()
	return &Client{cfg: cfg, wire: httpcall.New(cfg.HTTP)}
}

// Fetch gets a feed's document unless the publisher says that there is none
// newer than the mark. It follows at most three redirects and never one to an
// address without encryption. What is no whole document is Unavailable: a page,
// also one with status 200, something cut off, something too large. An address
// that cannot be used is Invalid.
func (c *Client) Fetch(ctx context.Context, feed compliance.Feed, mark compliance.FeedMark) (compliance.FeedDocument, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.HTTP.Timeout)
	defer cancel()
	doc, err := c.fetch(ctx, feed, mark)
	if err != nil {
		var f *compliance.Failure
		if errors.As(err, &f) {
			f.Op = "fetch feed " + feed.ID
		}
		return compliance.FeedDocument{}, err
	}
	doc.FetchedAt = c.cfg.Now().UTC()
	if !doc.NotModified {
		sum := sha256.Sum256(doc.Data)
		doc.Digest = "sha256:" + hex.EncodeToString(sum[:])
	}
	return doc, nil
}

func (c *Client) fetch(ctx context.Context, feed compliance.Feed, mark compliance.FeedMark) (compliance.FeedDocument, error) {
	at, err := url.Parse(feed.Address)
	switch {
	case err != nil || feed.Address == "":
		return compliance.FeedDocument{}, invalid("the address cannot be read: give an https URL or the path of a file")
	case at.Scheme == "":
		return c.file(ctx, feed.Address)
	case !permitted(at):
		return compliance.FeedDocument{}, invalid("the address is neither an https URL without credentials nor the path of a file")
	}
	for range maxRedirects + 1 {
		resp, body, err := c.get(ctx, at, mark)
		if err != nil {
			return compliance.FeedDocument{}, err
		}
		if resp.StatusCode == http.StatusNotModified && mark != (compliance.FeedMark{}) {
			return compliance.FeedDocument{NotModified: true, Mark: mark}, nil
		}
		next, moved := redirect(at, resp)
		if !moved {
			return c.document(resp, body)
		}
		if !permitted(next) || at.Scheme == "https" && next.Scheme != "https" {
			return compliance.FeedDocument{}, blocked("it redirects to an address that is not https: correct the feed's address")
		}
		if compliance.Inside(next.String()) && next.Hostname() != at.Hostname() {
			return compliance.FeedDocument{}, blocked("it redirects to an address inside this network: correct the feed's address")
		}
		at = next
	}
	return compliance.FeedDocument{}, blocked(fmt.Sprintf("it redirects more than %d times: correct the feed's address", maxRedirects))
}

// get sends one request. Its error is a failure of the call; a status is none,
// except those that end it.
func (c *Client) get(ctx context.Context, at *url.URL, mark compliance.FeedMark) (*http.Response, []byte, error) {
	ctx, x := c.wire.Begin(ctx, opFetch)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, nil, x.Failure(err)
	}
	req.Header.Set("Accept", "application/json")
	if mark.ETag != "" {
		req.Header.Set("If-None-Match", mark.ETag)
	}
	if mark.Modified != "" {
		req.Header.Set("If-Modified-Since", mark.Modified)
	}
	resp, err := c.wire.Client().Do(req)
	if err != nil {
		return nil, nil, x.Failure(err)
	}
	_ = resp.Body.Close() // the transport has read it whole
	if resp.StatusCode >= 400 {
		return nil, nil, x.Failure(fmt.Errorf("status %d", resp.StatusCode))
	}
	return resp, x.Body(), nil
}

// redirect gives where an answer leads; false when it is none.
func redirect(at *url.URL, resp *http.Response) (*url.URL, bool) {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil, false
	}
	next, err := at.Parse(resp.Header.Get("Location"))
	if err != nil || resp.Header.Get("Location") == "" {
		return nil, false
	}
	return next, true
}

// permitted reports whether an address may be fetched from: https, or this
// machine, where stand-ins are.
func permitted(u *url.URL) bool {
	if u.Host == "" || u.User != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && ip != nil && ip.IsLoopback()
}

// document checks what a publisher answered.
func (c *Client) document(resp *http.Response, body []byte) (compliance.FeedDocument, error) {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	switch {
	case resp.StatusCode != http.StatusOK:
		return compliance.FeedDocument{}, unavailable(fmt.Sprintf("HTTP %d is no document", resp.StatusCode))
	case kind == "text/html" || kind == "application/xhtml+xml":
		return compliance.FeedDocument{}, unavailable("the answer is a page, not a document: a proxy or a login page may stand between")
	}
	data, err := plain(body, c.cfg.MaxDocument)
	if err != nil {
		return compliance.FeedDocument{}, err
	}
	return compliance.FeedDocument{Data: data, Mark: compliance.FeedMark{
		ETag: short(resp.Header.Get("ETag")), Modified: short(resp.Header.Get("Last-Modified")),
	}}, nil
}

// short drops what no publisher sends: a mark is kept in histories.
func short(header string) string {
	if len(header) > 200 {
		return ""
	}
	return strings.TrimSpace(header)
}

func failure(class compliance.Class, detail string) error {
	return &compliance.Failure{Class: class, Op: opFetch, Detail: detail}
}

func invalid(detail string) error     { return failure(compliance.Invalid, detail) }
func blocked(detail string) error     { return failure(compliance.Blocked, detail) }
func unavailable(detail string) error { return failure(compliance.Unavailable, detail) }
