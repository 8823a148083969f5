package pagerduty

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/compliance"
)

const (
	// maxKey is the length of a deduplication key.
	// https://developer.pagerduty.com/docs/send-alert-event (dedup_key)
	maxKey    = 255
	keyPrefix = "cs1" // of this product, in this form
	keyBar    = "|"
	noRef     = "-"
)

// dedupKey makes the key that a page's event carries: "cs1|subject|ref|digest".
// PagerDuty hands it back with every webhook, so that what somebody does there
// finds its process and says what they saw. The digest tells pages and people
// apart that share both; it is the same over every retry of one page.
func dedupKey(page compliance.Page, to compliance.Account) (string, error) {
	ref := page.Ref
	if ref == "" {
		ref = noRef
	}
	sum := sha256.Sum256([]byte(page.Key + "\x00" + to.ID))
	key := strings.Join([]string{keyPrefix, page.Subject, ref, hex.EncodeToString(sum[:8])}, keyBar)
	if len(key) > maxKey {
		return "", fmt.Errorf("subject and reference make a deduplication key of %d characters, PagerDuty allows %d", len(key), maxKey)
	}
	if subject, back, err := parseKey(key); err != nil || subject != page.Subject || back != page.Ref {
		return "", errors.New("subject and reference must be printable ASCII without spaces, and the subject without a bar")
	}
	return key, nil
}

// parseKey reads subject and reference out of a key that dedupKey made; it
// returns an error for every other one.
func parseKey(key string) (subject, ref string, err error) {
	no := errors.New("not a key of this product")
	rest, ours := strings.CutPrefix(key, keyPrefix+keyBar)
	if !ours || len(key) > maxKey || !printable(key) {
		return "", "", no
	}
	subject, rest, ok := strings.Cut(rest, keyBar)
	end := strings.LastIndex(rest, keyBar)
	if !ok || subject == "" || end < 1 {
		return "", "", no
	}
	if digest, err := hex.DecodeString(rest[end+1:]); err != nil || len(digest) != 8 {
		return "", "", no
	}
	if ref = rest[:end]; ref == noRef {
		ref = ""
	}
	return subject, ref, nil
}

// printable reports whether s is ASCII that can be seen, without spaces.
func printable(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}
