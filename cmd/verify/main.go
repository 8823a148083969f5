// Command verify checks a bundle of evidence offline: what it needs is the bundle,
// the log's public key as it was given to you, and, to know that nothing was
// rewritten or cut off, a checkpoint that was kept elsewhere. It reads no network,
// no policy and no log.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
