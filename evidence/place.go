package evidence

import "path/filepath"

// BlobDir is where the blobs of the evidence directory dir live. Roles that
// keep content there open it by themselves; only one process opens the log.
func BlobDir(dir string) string { return filepath.Join(dir, blobsDir) }
