package connect

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

// keySize is that of AES-256.
const keySize = 32

// KeyRing holds the keys payloads are encrypted with: the first one encrypts,
// all of them decrypt. To change the key without an interruption, add the new
// one in second place everywhere, then move it to the first place everywhere,
// and remove the old one when no run encrypted with it is retained any more.
//
// Nonces are random, so one key must not encrypt more than 2^32 payloads (NIST
// SP 800-38D, 8.3); at a thousand payloads a second that is fifty days, at the
// pace of approvals it is never.
//
// A KeyRing is safe for concurrent use and prints as the ids of its keys.
type KeyRing struct {
	ids   []string
	seals map[string]cipher.AEAD
}

// KeyRingFrom reads the keys from COUNTERSIGN_ENCRYPTION_KEYS or from the file
// that COUNTERSIGN_ENCRYPTION_KEYS_FILE names. It returns an empty ring, which
// encrypts nothing, when neither is set. Both set, or an empty list of keys, is
// an error: encryption never goes off by mistake.
func KeyRingFrom(lookup func(string) (string, bool)) (*KeyRing, error) {
	text, inline := lookup(EnvKeys)
	file, named := lookup(EnvKeysFile)
	switch {
	case inline && named:
		return nil, fmt.Errorf("%s and %s are both set; set one of them", EnvKeys, EnvKeysFile)
	case named:
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", EnvKeysFile, err)
		}
		ring, err := ParseKeyRing(string(content))
		if err != nil {
			return nil, fmt.Errorf("%s (%s): %w", EnvKeysFile, file, err)
		}
		return ring, nil
	case inline:
		ring, err := ParseKeyRing(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", EnvKeys, err)
		}
		return ring, nil
	default:
		return &KeyRing{}, nil
	}
}

// ParseKeyRing reads "id:key" entries separated by commas or line ends. An id
// has 1 to 32 letters, digits, dots, dashes or underscores; a key is 32 random
// bytes in base64, as `openssl rand -base64 32` prints them. The text of a key
// never appears in an error.
func ParseKeyRing(text string) (*KeyRing, error) {
	r := &KeyRing{seals: map[string]cipher.AEAD{}}
	valid := regexp.MustCompile(`^[A-Za-z0-9._-]{1,32}$`)
	entries := strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == '\n' || c == '\r' })
	for i, entry := range entries {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		id, encoded, ok := strings.Cut(entry, ":")
		if !ok || !valid.MatchString(id) {
			return nil, fmt.Errorf("entry %d is not of the form id:key with an id of up to 32 letters, digits, dots, dashes or underscores", i+1)
		}
		if _, twice := r.seals[id]; twice {
			return nil, fmt.Errorf("key %q is given twice", id)
		}
		key, err := base64.StdEncoding.Strict().DecodeString(encoded)
		if err != nil || len(key) != keySize {
			return nil, fmt.Errorf("key %q is not %d bytes in base64; make one with `openssl rand -base64 %d`", id, keySize, keySize)
		}
		if r.seals[id], err = newSeal(key); err != nil {
			return nil, fmt.Errorf("key %q: %w", id, err)
		}
		r.ids = append(r.ids, id)
	}
	if len(r.ids) == 0 {
		return nil, errors.New("no key is given; leave the setting out to store payloads unencrypted")
	}
	return r, nil
}

// newSeal is AES-256 in GCM that draws a random nonce and puts it in front.
func newSeal(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// IDs returns the ids of the keys, the encrypting one first. Nil and empty
// rings have none.
func (r *KeyRing) IDs() []string {
	if r == nil {
		return nil
	}
	return append([]string(nil), r.ids...)
}

// Encrypts reports whether there is a key to encrypt with.
func (r *KeyRing) Encrypts() bool { return r != nil && len(r.ids) > 0 }

// Format prints the ids whatever the verb, so that no key reaches a log.
func (r *KeyRing) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "keys["+strings.Join(r.IDs(), " ")+"]")
}
