package evidence_test

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/evidencetest"
)

func TestE2_BlobsAreContentAddressed(t *testing.T) {
	dir := t.TempDir()
	b, err := evidence.OpenBlobs(dir)
	require.NoError(t, err)
	digest, err := b.Put(t.Context(), []byte("hello"))
	require.NoError(t, err)
	require.Equal(t, "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", digest)
	require.Equal(t, digest, evidence.Digest([]byte("hello")))

	other, err := evidence.OpenBlobs(dir) // another process
	require.NoError(t, err)
	got, err := other.Get(t.Context(), digest)
	require.NoError(t, err)
	require.Equal(t, "hello", string(got))
	has, err := other.Has(t.Context(), digest)
	require.NoError(t, err)
	require.True(t, has)

	missing := evidence.Digest([]byte("other"))
	has, err = b.Has(t.Context(), missing)
	require.NoError(t, err)
	require.False(t, has)
	_, err = b.Get(t.Context(), missing)
	require.ErrorIs(t, err, evidence.ErrNotFound)

	empty, err := b.Put(t.Context(), nil)
	require.NoError(t, err)
	got, err = b.Get(t.Context(), empty)
	require.NoError(t, err)
	require.Empty(t, got)
}

func TestE2_AnAlteredBlobIsNotHandedOut(t *testing.T) {
	dir := t.TempDir()
	b, err := evidence.OpenBlobs(dir)
	require.NoError(t, err)
	digest, err := b.Put(t.Context(), []byte("hello"))
	require.NoError(t, err)
	path := filepath.Join(dir, digest[7:9], digest[7:])
	require.NoError(t, os.WriteFile(path, []byte("jello"), 0o600))
	_, err = b.Get(t.Context(), digest)
	require.ErrorIs(t, err, evidence.ErrDamaged)

	_, err = b.Put(t.Context(), []byte("hello")) // who has the content can mend it
	require.NoError(t, err)
	got, err := b.Get(t.Context(), digest)
	require.NoError(t, err)
	require.Equal(t, "hello", string(got))
}

func TestE2_BlobLimits(t *testing.T) {
	b, err := evidence.OpenBlobs(t.TempDir())
	require.NoError(t, err)
	big := bytes.Repeat([]byte{'x'}, evidence.MaxBlob+1)
	_, err = b.Put(t.Context(), big)
	require.ErrorIs(t, err, evidence.ErrTooLarge)
	digest, err := b.Put(t.Context(), big[1:])
	require.NoError(t, err)
	got, err := b.Get(t.Context(), digest)
	require.NoError(t, err)
	require.Len(t, got, evidence.MaxBlob)
	for _, bad := range []string{"", "sha256:", "md5:abc", "sha256:../../../../etc/passwd", "sha256:" + string(bytes.Repeat([]byte("A"), 64))} {
		_, err := b.Has(t.Context(), bad)
		require.ErrorIs(t, err, evidence.ErrInvalid, bad)
	}
}

func TestE2_ConcurrentPutsOfOneContent(t *testing.T) {
	dir := t.TempDir()
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			b, err := evidence.OpenBlobs(dir)
			if err == nil {
				_, err = b.Put(t.Context(), []byte("same"))
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	left, err := filepath.Glob(filepath.Join(dir, "*", ".tmp-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// Other roles put blobs without the log's lock, and the log finds them.
func TestE2_TheLogFindsWhatOtherRolesStored(t *testing.T) {
	log := evidencetest.New(t)
	role, err := evidence.OpenBlobs(evidence.BlobDir(log.Dir()))
	require.NoError(t, err)
	digest, err := role.Put(t.Context(), []byte("ticket text"))
	require.NoError(t, err)
	appendOne(t, log, event("k1", "s", func(ev *evidence.Event) {
		ev.Blobs = []evidence.BlobRef{{Role: "content", Digest: digest}}
	}))
	require.Equal(t, 1, evidencetest.Check(t, log).Blobs)
}
