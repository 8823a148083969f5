package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// MaxBlob is the largest blob in bytes (10 MiB).
const MaxBlob = 10 << 20

const digestPrefix = "sha256:"

// Digest is the name of a blob: "sha256:" and 64 lower-case hex digits.
func Digest(content []byte) string {
	sum := sha256.Sum256(content)
	return digestPrefix + hex.EncodeToString(sum[:])
}

// HexOf is the part of a digest that can name a file; false for what is no
// digest. A hostile digest cannot name anything else.
func HexOf(digest string) (string, bool) {
	hexPart, ok := strings.CutPrefix(digest, digestPrefix)
	return hexPart, ok && IsHex(hexPart)
}

// IsHex says whether s has the form of HexOf: 64 lower-case hex digits.
func IsHex(s string) bool {
	if len(s) != 2*sha256.Size {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
