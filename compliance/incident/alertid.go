package incident

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
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
	numberPattern = regexp.MustCompile(`^INC-[1-9][0-9]{0,14}$`)
)

// AlertID is the workflow id of the alert of this source and deduplication key
// (I2): "alert/<source>/<SHA-256 of the key>". The key is hashed as it is, byte
// by byte, so ids hold nothing of it. It returns an error when the source is no
// lower-case word of at most 32 characters, or when the key is empty: an empty
// key would fold all alerts of a source into one.
func AlertID(source, key string) (string, error) {
	if !sourcePattern.MatchString(source) {
		return "", fmt.Errorf("alert: %q is no name of a source; use up to 32 lower-case letters, digits and hyphens", cut(source, 40))
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
		return "", "", fmt.Errorf("%q is no id of an alert (alert/source/digest)", cut(id, 120))
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

// IncidentID is the workflow id of the incident with this number, such as
// "incident/INC-7". It returns an error when the number is not one of the series.
func IncidentID(number string) (string, error) {
	if !numberPattern.MatchString(number) {
		return "", fmt.Errorf("%q is no number of an incident, such as INC-7", cut(number, 40))
	}
	return incidentPrefix + number, nil
}

// ParseIncidentID reads the number out of an id that IncidentID made.
func ParseIncidentID(id string) (number string, err error) {
	number, ok := strings.CutPrefix(id, incidentPrefix)
	if !ok || !numberPattern.MatchString(number) {
		return "", fmt.Errorf("%q is no id of an incident (incident/INC-7)", cut(id, 80))
	}
	return number, nil
}
