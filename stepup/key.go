// Package stepup ties a person's sign-in to the one act it was made for: the
// links that lead from a message surface to the sign-in pages, what those pages
// keep in the browser meanwhile, and the proof by which the judge believes them.
// It performs no I/O and keeps no state, so that any number of gateways share
// the work; all they need is the same key.
package stepup

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

const (
	// MinSecret is the least length of the configured secret, in bytes.
	MinSecret = 32
	// maxToken bounds what is opened, in bytes of text: links and cookies alike.
	maxToken = 3800
)

// ErrBroken is the error of a token that nobody here has sealed, or that was
// sealed for something else; ErrExpired that of one whose time is over.
var (
	ErrBroken  = errors.New("this was not made here, or not completely copied")
	ErrExpired = errors.New("this is too old")
)

// Key seals and proves. It is safe for concurrent use.
type Key struct {
	aead  cipher.AEAD
	proof []byte // HMAC-SHA256 key
}

// NewKey derives everything from one secret of at least MinSecret bytes, by
// HKDF with SHA-256 (RFC 5869): the parts tell nothing about each other.
func NewKey(secret string) (*Key, error) {
	if len(secret) < MinSecret {
		return nil, fmt.Errorf("the secret has %d characters: at least %d are needed", len(secret), MinSecret)
	}
	seal, err := hkdf.Key(sha256.New, []byte(secret), nil, "countersign step-up seal v1", 32)
	if err != nil {
		return nil, err
	}
	proof, err := hkdf.Key(sha256.New, []byte(secret), nil, "countersign step-up proof v1", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(seal)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &Key{aead: aead, proof: proof}, err
}

// sealed is what stands in a token.
type sealed struct {
	Until int64           `json:"u"` // Unix seconds
	Value json.RawMessage `json:"v"`
}

// Seal makes a token of v that Open accepts for the same purpose until the
// instant. It is encrypted and authenticated (AES-256-GCM), so that nothing
// personal can be read in an address or a cookie, and nothing be altered.
func (k *Key) Seal(purpose string, v any, until time.Time) (string, error) {
	value, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("seal %s: %w", purpose, err)
	}
	plain, err := json.Marshal(sealed{Until: until.Unix(), Value: value})
	if err != nil {
		return "", fmt.Errorf("seal %s: %w", purpose, err)
	}
	nonce := make([]byte, k.aead.NonceSize())
	rand.Read(nonce) //nolint:errcheck // it never fails, by its documentation
	token := base64.RawURLEncoding.EncodeToString(k.aead.Seal(nonce, nonce, plain, []byte(purpose)))
	if len(token) > maxToken {
		return "", fmt.Errorf("seal %s: %d bytes are more than the %d that fit", purpose, len(token), maxToken)
	}
	return token, nil
}

// Open reads what Seal made for this purpose into v. The error is ErrBroken, or
// ErrExpired from the instant on until which it was sealed; v is untouched then.
func (k *Key) Open(purpose, token string, now time.Time, v any) error {
	if len(token) > maxToken {
		return ErrBroken
	}
	// Strict, so that one token has one text.
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) < k.aead.NonceSize() {
		return ErrBroken
	}
	plain, err := k.aead.Open(nil, raw[:k.aead.NonceSize()], raw[k.aead.NonceSize():], []byte(purpose))
	if err != nil {
		return ErrBroken
	}
	var s sealed
	if err := json.Unmarshal(plain, &s); err != nil {
		return ErrBroken
	}
	if now.Unix() >= s.Until {
		return ErrExpired
	}
	if err := json.Unmarshal(s.Value, v); err != nil {
		return ErrBroken
	}
	return nil
}
