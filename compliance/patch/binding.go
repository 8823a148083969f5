package patch

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// hashPrefix is how many hex digits of a digest a binding carries.
const hashPrefix = 12

var (
	numberPattern  = regexp.MustCompile(`^[A-Z]{2,8}-[1-9][0-9]{0,14}$`)
	noncePattern   = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	prefixPattern  = regexp.MustCompile(`^[0-9a-f]{12}$`)
	ordinalPattern = regexp.MustCompile(`^(0|[1-9][0-9]{0,2})$`)
)

// Binding is what a button or form was about: it travels as Action.Ref and
// comes back as Inbound.Ref. Nonce changes whenever the rollout halts or moves
// on, so that nobody resumes a halt they have not seen.
type Binding struct {
	Number string // PAT-3
	Ring   int    // the ring the rollout stood at, from 1; 0 before the first
	Nonce  string
	Digest string // first 12 hex digits of the payload's digest
}

// NewBinding binds an action to what its reader sees. Digest is the payload's,
// with or without "sha256:".
func NewBinding(number string, ring int, nonce, digest string) Binding {
	hex := strings.TrimPrefix(digest, "sha256:")
	return Binding{Number: number, Ring: ring, Nonce: nonce, Digest: hex[:min(hashPrefix, len(hex))]}
}

// String gives the compact form, such as "PAT-3.2.k3x9.0123456789ab";
// ParseBinding reads it back.
func (b Binding) String() string {
	return fmt.Sprintf("%s.%d.%s.%s", b.Number, b.Ring, b.Nonce, b.Digest)
}

// ParseBinding reads what String wrote. It accepts nothing else: one binding
// has exactly one text.
func ParseBinding(s string) (Binding, error) {
	parts := strings.Split(s, ".")
	if len(s) > 200 || len(parts) != 4 {
		return Binding{}, fmt.Errorf("binding: want number.ring.nonce.digest; open the card again")
	}
	number, ring, nonce, digest := parts[0], parts[1], parts[2], parts[3]
	switch {
	case !numberPattern.MatchString(number):
		return Binding{}, fmt.Errorf("binding: %q is no rollout number", number)
	case !ordinalPattern.MatchString(ring):
		return Binding{}, fmt.Errorf("binding: %q is no ring", ring)
	case !noncePattern.MatchString(nonce):
		return Binding{}, fmt.Errorf("binding: %q is no nonce", nonce)
	case !prefixPattern.MatchString(digest):
		return Binding{}, fmt.Errorf("binding: %q is not the first %d hex digits of a digest", digest, hashPrefix)
	}
	n, _ := strconv.Atoi(ring) // bounded to three digits by the pattern
	return Binding{Number: number, Ring: n, Nonce: nonce, Digest: digest}, nil
}
