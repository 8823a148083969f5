// Package evidence keeps the append-only log that remains when a process is
// over: canonical records in a tile-based Merkle log, blobs beside it, an
// index that can be rebuilt, and the checks by which an outsider verifies all
// of it. It imports nothing else of the product.
package evidence

import "path/filepath"

// BlobDir is where the blobs of the evidence directory dir live. Roles that
// keep content there open it by themselves; only one process opens the log.
func BlobDir(dir string) string { return filepath.Join(dir, blobsDir) }
