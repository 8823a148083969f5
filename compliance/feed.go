package compliance

import (
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// FeedKind is what a feed's documents are.
type FeedKind string

// The kinds of feeds.
const (
	FeedKEV       FeedKind = "kev"        // CISA's catalogue of known exploited vulnerabilities
	FeedCSAF      FeedKind = "csaf"       // one security advisory in CSAF 2.0
	FeedCSAFIndex FeedKind = "csaf-index" // a publisher's list of advisories: ROLIE feed in JSON
)

// Feed is a source of advisories, as the policy names it. Its address is public
// and needs no credential.
type Feed struct {
	ID   string   `json:"id"`
	Kind FeedKind `json:"kind"`
	// Address is an https URL, or the path of a file for sites without a way out.
	Address string `json:"address"`
}

// FeedMark is what a publisher gave with a document, to be asked next time
// whether there is a newer one.
type FeedMark struct {
	ETag string `json:"etag,omitempty"`
	// Modified is the Last-Modified header as it was sent.
	Modified string `json:"modified,omitempty"`
}

// FeedDocument is a document as it was fetched. Its meaning is not known yet.
type FeedDocument struct {
	Data []byte
	// NotModified says that there is none newer than the mark; Data is empty then.
	NotModified bool
	Digest      string // of Data: "sha256:" and 64 hex digits
	Mark        FeedMark
	FetchedAt   time.Time // UTC
}

// Inside reports whether an address is a file or names this machine or a private
// network. Names that only resolve to such an address are not seen here.
func Inside(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" {
		return err == nil
	}
	name := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(name)
	if err != nil {
		return false
	}
	ip = ip.Unmap()
	return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified() || ip.IsMulticast()
}
