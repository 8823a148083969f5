package incident

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/lowcodex/countersign/compliance"
)

const (
	alertPrefix    = "alert/"
	incidentPrefix = "incident/"
	// Series is the number series of incidents in the evidence log.
	Series = "INC"
)

var (
	sourcePattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	digestPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)
	tokenPattern  = regexp.MustCompile(`^[0-9a-f]{12}$`)
)

// AlertID is the workflow id of the alert of this source and deduplication key
// (I2): "alert/<source>/<SHA-256 of the key>". The key is hashed as it is, byte
// by byte, so ids hold nothing of it. It returns an error when the source is no
// lower-case word of at most 32 characters, or when the key is empty: an empty
// key would fold all alerts of a source into one.
func AlertID(source, key string) (string, error) {
	if !sourcePattern.MatchString(source) {
		return "", fmt.Errorf("alert: %q is no name of a source; use up to 32 lower-case letters, digits and hyphens", compliance.Cut(source, 40))
	}
	if key == "" {
		return "", fmt.Errorf("alert: source %q gave no deduplication key; configure which labels make one", source)
	}
	sum := sha256.Sum256([]byte(key))
	return alertPrefix + source + "/" + hex.EncodeToString(sum[:]), nil
}

// ParseAlertID reads the source and the digest of the key out of an id that
// AlertID made; it returns an error for anything else.
func ParseAlertID(id string) (source, digest string, err error) {
	rest, isAlert := strings.CutPrefix(id, alertPrefix)
	source, digest, split := strings.Cut(rest, "/")
	if !isAlert || !split || !sourcePattern.MatchString(source) || !digestPattern.MatchString(digest) {
		return "", "", fmt.Errorf("%q is no id of an alert (alert/source/digest)", compliance.Cut(id, 120))
	}
	return source, digest, nil
}

// DedupKey makes one key of several parts, such as a group key and a
// fingerprint. Each part carries its length, so no two lists of parts give the
// same key. Without any part that says something the key is empty, which
// AlertID refuses.
func DedupKey(parts ...string) string {
	var b strings.Builder
	empty := true
	for _, p := range parts {
		empty = empty && p == ""
		b.WriteString(strconv.Itoa(len(p)))
		b.WriteByte(':')
		b.WriteString(p)
	}
	if empty {
		return ""
	}
	return b.String()
}

// Token is the short id of an incident: the end of its workflow id, 12 hex
// digits. It exists before the incident has a number, because the number is the
// evidence log's and a page does not wait for the log (G3).
type Token string

// tokenOf derives a token from parts that name the incident for ever.
func tokenOf(parts ...string) Token {
	sum := sha256.Sum256([]byte(DedupKey(parts...)))
	return Token(hex.EncodeToString(sum[:6]))
}

// AlertToken is the token of the n-th incident, from 1, that a run of an alert
// opens. The first run id makes it another one when the same alert is back
// after its run has ended.
func AlertToken(alertID, firstRun string, n int) Token {
	return tokenOf(alertID, firstRun, strconv.Itoa(n))
}

// DeclaredToken is the token of an incident that a person declares. The
// declaration's id comes from the client, so that declaring twice the same
// declares once.
func DeclaredToken(declaration string) Token { return tokenOf("declared", declaration) }

// ID is the workflow id of the incident, such as "incident/3f2a9c1b7d04".
func (t Token) ID() string { return incidentPrefix + string(t) }

// Valid reports whether the token has the form of one.
func (t Token) Valid() bool { return tokenPattern.MatchString(string(t)) }

// ParseIncidentID reads the token out of an id that Token.ID made; it returns an
// error for anything else.
func ParseIncidentID(id string) (Token, error) {
	token, ok := strings.CutPrefix(id, incidentPrefix)
	if !ok || !tokenPattern.MatchString(token) {
		return "", fmt.Errorf("%q is no id of an incident (incident/3f2a9c1b7d04)", compliance.Cut(id, 80))
	}
	return Token(token), nil
}
