// Command sandbox runs Countersign on one machine.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // one zone database ships with the binary (C25)

	"github.com/lowcodex/countersign/sandbox/command"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// After the first signal the next one ends the process at once.
	context.AfterFunc(ctx, stop)
	if err := command.Root().ExecuteContext(ctx); err != nil {
		os.Exit(1)
	}
}
