package ledger

import (
	"fmt"
	"strings"

	flog "github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
)

// Checkpoint is a signed statement of size and root (C2SP tlog-checkpoint).
type Checkpoint struct {
	Size uint64
	Root []byte
	Raw  []byte
}

// ParseCheckpoint checks the signature and origin of a checkpoint.
func ParseCheckpoint(raw []byte, v note.Verifier) (Checkpoint, error) {
	cp, _, _, err := flog.ParseCheckpoint(raw, v.Name(), v)
	if err != nil {
		return Checkpoint{}, err
	}
	if len(cp.Hash) != rfc6962.DefaultHasher.Size() {
		return Checkpoint{}, fmt.Errorf("root hash of %d bytes", len(cp.Hash))
	}
	return Checkpoint{Size: cp.Size, Root: cp.Hash, Raw: raw}, nil
}

// ParseKey reads a log's public key, "<origin>+<hash>+<key>". Source names where
// it was found, for the error.
func ParseKey(public, source string) (note.Verifier, error) {
	v, err := note.NewVerifier(strings.TrimSpace(public))
	if err != nil {
		return nil, Refuse(ErrInvalid, "%s is not a note verifier key (<origin>+<hash>+<key>): %s", source, err)
	}
	return v, nil
}
