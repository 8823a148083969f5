package change

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// hashPrefix is how many hex digits of a content hash a binding and a card
// carry: 48 bits, enough to tell the versions of one change apart. It is never
// the only check; version, level and nonce are compared as well.
const hashPrefix = 12

var (
	numberPattern  = regexp.MustCompile(`^[A-Z]{2,8}-[1-9][0-9]{0,14}$`)
	noncePattern   = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	prefixPattern  = regexp.MustCompile(`^[0-9a-f]{12}$`)
	ordinalPattern = regexp.MustCompile(`^(0|[1-9][0-9]{0,5})$`)
)

// ShortHash is the part of a content hash that people and bindings see.
func ShortHash(hash string) string { return hash[:min(hashPrefix, len(hash))] }

// NewBinding binds an action to what its reader sees. Hash is the full content
// hash or its prefix; level and nonce are 0 and empty outside review. The
// nonce may hold letters, digits, "_" and "-", at most 64 of them.
func NewBinding(number string, version, level int, nonce, hash string) Binding {
	return Binding{Number: number, Version: version, Level: level, Nonce: nonce, Hash: ShortHash(hash)}
}

// String gives the compact form that travels as Action.Ref, such as
// "CHG-7.1.2.k3x9.0123456789ab"; ParseBinding reads it back.
func (b Binding) String() string {
	return fmt.Sprintf("%s.%d.%d.%s.%s", b.Number, b.Version, b.Level, b.Nonce, b.Hash)
}

// ParseBinding reads what String wrote. It accepts nothing else: one binding
// has exactly one text, so a reference can be compared as text in evidence.
func ParseBinding(s string) (Binding, error) {
	parts := strings.Split(s, ".")
	if len(s) > 200 || len(parts) != 5 {
		return Binding{}, fmt.Errorf("binding: want number.version.level.nonce.hash; open the card again")
	}
	number, version, level, nonce, hash := parts[0], parts[1], parts[2], parts[3], parts[4]
	switch {
	case !numberPattern.MatchString(number):
		return Binding{}, fmt.Errorf("binding: %q is no change number", number)
	case !ordinalPattern.MatchString(version) || version == "0":
		return Binding{}, fmt.Errorf("binding: %q is no version from 1", version)
	case !ordinalPattern.MatchString(level):
		return Binding{}, fmt.Errorf("binding: %q is no level", level)
	case !prefixPattern.MatchString(hash):
		return Binding{}, fmt.Errorf("binding: %q is not the first %d hex digits of a hash", hash, hashPrefix)
	case level == "0" && nonce == "": // outside review there is no level to tie to
	case !noncePattern.MatchString(nonce):
		return Binding{}, fmt.Errorf("binding: %q is no nonce", nonce)
	}
	// The patterns bound both to six digits, so neither conversion can fail.
	v, _ := strconv.Atoi(version)
	l, _ := strconv.Atoi(level)
	return Binding{Number: number, Version: v, Level: l, Nonce: nonce, Hash: hash}, nil
}

// Matches reports whether the binding is about exactly this opening of this
// level of this version. Hash is the full content hash or its prefix.
func (b Binding) Matches(number string, version, level int, nonce, hash string) bool {
	return b == NewBinding(number, version, level, nonce, hash) && b.sameContent(version, hash)
}

// sameContent reports whether the binding was made for this version and hash.
// A hash shorter than the prefix matches nothing.
func (b Binding) sameContent(version int, hash string) bool {
	return b.Version == version && len(b.Hash) == hashPrefix && strings.HasPrefix(hash, b.Hash)
}
