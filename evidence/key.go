package evidence

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// identity is the log's signing key (Ed25519, C2SP signed-note).
type identity struct {
	signer   note.Signer
	verifier note.Verifier
	public   string // "<origin>+<hash>+<key>"
}

// loadIdentity reads the key, or makes it when the log is new. A log that has
// entries but no key is refused: a second key would sign a second history.
func loadIdentity(dir, origin string, isNew bool, written func()) (identity, error) {
	path := filepath.Join(dir, keyFile)
	private, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !isNew:
		return identity{}, refuse(ErrDamaged, "%s is missing but the log has entries; restore the key file from where it is kept", path)
	case errors.Is(err, fs.ErrNotExist):
		key, _, err := note.GenerateKey(rand.Reader, origin)
		if err != nil {
			return identity{}, fmt.Errorf("evidence: make key: %w", err)
		}
		private = []byte(key)
		// A crash after this line leaves the key without its public file, which the
		// next start writes from the key.
		if err := writeFileSync(path, private, 0o600); err != nil {
			return identity{}, fmt.Errorf("evidence: write key: %w", err)
		}
		if written != nil {
			written()
		}
	case err != nil:
		return identity{}, fmt.Errorf("evidence: read key: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return identity{}, fmt.Errorf("evidence: read key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return identity{}, refuse(ErrDamaged, "%s can be read by others (mode %04o); chmod 600 it, and make a new log if it may have been copied", path, info.Mode().Perm())
	}
	id, err := parseIdentity(strings.TrimSpace(string(private)))
	if err != nil {
		return identity{}, refuse(ErrDamaged, "%s is not a signing key; restore it from where it is kept", path)
	}
	if id.signer.Name() != origin {
		return identity{}, refuse(ErrDamaged, "the key in %s is of log %q, the configuration says %q; an origin never changes", path, id.signer.Name(), origin)
	}
	pubPath := filepath.Join(dir, keyPubFile)
	if old, err := os.ReadFile(pubPath); err == nil && strings.TrimSpace(string(old)) == id.public {
		return id, nil
	}
	if err := writeFileSync(pubPath, []byte(id.public+"\n"), 0o644); err != nil {
		return identity{}, fmt.Errorf("evidence: write public key: %w", err)
	}
	return id, nil
}

// parseIdentity derives the public half from the private text. Errors do not
// repeat the text: it is the key.
func parseIdentity(private string) (identity, error) {
	signer, err := note.NewSigner(private)
	if err != nil {
		return identity{}, errors.New("malformed key")
	}
	// The key is algorithm and seed, 33 bytes, hence the last 44 characters;
	// splitting at "+" would not do, because base64 has that sign too.
	raw, err := base64.StdEncoding.DecodeString(private[max(0, len(private)-44):])
	if err != nil || len(raw) != 1+ed25519.SeedSize {
		return identity{}, errors.New("malformed key")
	}
	pub, ok := ed25519.NewKeyFromSeed(raw[1:]).Public().(ed25519.PublicKey)
	if !ok {
		return identity{}, errors.New("malformed key")
	}
	public, err := note.NewEd25519VerifierKey(signer.Name(), pub)
	if err != nil {
		return identity{}, err
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		return identity{}, err
	}
	return identity{signer: signer, verifier: verifier, public: public}, nil
}
