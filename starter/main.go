// Command starter is Countersign's command line: it submits changes, takes
// the same decisions that people take on a card, and reads and verifies the
// evidence. It reaches every vendor through a process, never directly.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // --zone works where the system has no zone database

	"github.com/lowcodex/countersign/starter/commands"
)

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return commands.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ())
}
